"""Synthetic data sets, each written in the layout of the challenge it stands for."""

from importlib import import_module
from pathlib import Path

from segrepro.utils.errors import ConfigError, DataError, nearest
from segrepro.utils.files import whole_folder

LAYOUTS = (
    "atlas",
    "wmh2017",
    "chaos_ct",
    "chaos_mr",
    "msd",
    "isles2018",
    "isic2017",
)


def write_phantom(layout: str, folder: str | Path, **settings) -> None:
    """Write a synthetic data set of this layout, complete or not at all.

    settings: what the layout's own writer takes, such as `write_atlas`.
    Raises ConfigError for an unknown layout, DataError when the folder already holds something.
    """
    if layout not in LAYOUTS:
        raise ConfigError("layout", repr(layout), "the layout of a phantom", nearest(layout, LAYOUTS))
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(folder, "a folder in use", "a new or empty folder", "Choose another folder.")
    module = import_module(f"segrepro.datasets.phantoms.{layout}")
    with whole_folder(folder) as partial:
        getattr(module, f"write_{layout}")(partial, **settings)

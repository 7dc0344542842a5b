"""Synthetic data sets, each written in the layout of the challenge it stands for.

A phantom is a module beside this one with the name of its layout. It has `Settings`, a `PhantomSettings` with the
bounds of every number, and `write(folder, settings, workers)`. Names that begin with `_` are of modules that help.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from segrepro.datasets.phantoms._settings import PhantomSettings
from segrepro.utils.errors import ConfigError, DataError, nearest
from segrepro.utils.files import whole_folder
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.modules import modules_in
from segrepro.utils.validation import checked


def phantom_names() -> tuple[str, ...]:
    """The layouts that have a phantom."""
    return modules_in(__path__)


def phantom_settings(layout: str) -> type[PhantomSettings]:
    """What the phantom of a layout may be told; ConfigError when it has none.

    >>> "patients" in phantom_settings("atlas").model_fields
    True
    """
    return _phantom(layout).Settings


def write_phantom(layout: str, folder: str | Path, workers: int = 1, **settings) -> None:
    """Write a synthetic data set of this layout, complete or not at all.

    settings: those of the phantom's `Settings`, such as `patients`.
    Raises ConfigError for an unknown layout or setting, DataError when the folder already holds something.
    """
    phantom, folder = _phantom(layout), Path(folder)
    chosen = checked(phantom.Settings, settings, KeyLocations(Layer("phantom", settings)))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(folder, "a folder in use", "a new or empty folder", "Choose another folder.")
    with whole_folder(folder) as partial:
        phantom.write(partial, chosen, workers)


def _phantom(layout: str) -> ModuleType:
    if layout not in phantom_names():
        raise ConfigError("layout", repr(layout), "the layout of a phantom", nearest(layout, phantom_names()))
    return import_module(f"segrepro.datasets.phantoms.{layout}")

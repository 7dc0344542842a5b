"""How data sets lie on disk: one module a layout, found by its name."""

import os
from importlib import import_module
from pathlib import Path
from types import ModuleType

from segrepro.datasets.case import Case, Dataset
from segrepro.utils.errors import ConfigError, DataError, nearest
from segrepro.utils.folders import content_of, unreadable
from segrepro.utils.validation import Strict

LAYOUTS = (
    "atlas",
    "slices",
    "wmh2017",
    "chaos_ct",
    "chaos_mr",
    "chaos_mr_t1",
    "msd",
    "isles2018",
    "isic2017",
    "nnunet",
)


def layout_names() -> tuple[str, ...]:
    """The layouts that `open_dataset` reads."""
    return LAYOUTS


def layout_module(layout: str) -> ModuleType:
    """The module that reads `layout`; ConfigError when there is none."""
    if layout not in LAYOUTS:
        raise ConfigError("layout", repr(layout), "the name of a layout", nearest(layout, LAYOUTS))
    return import_module(f"segrepro.datasets.layouts.{layout}")


def image_roles(layout: str) -> tuple[str, ...] | None:
    """The roles of images in `layout`; None where each data set has its own.

    >>> image_roles("wmh2017"), image_roles("nnunet")
    (('flair', 't1'), None)
    """
    return getattr(layout_module(layout), "IMAGE_ROLES", None)


def open_dataset(layout: str, folder: str | Path, name: str | None = None) -> Dataset:
    """Find the cases of a folder without reading any image.

    A case may lack its image or its label: `check_dataset` reports that.
    Raises DataError when the folder is missing, holds no case or cannot be read, in it or below, ConfigError when the
    layout is unknown.
    """
    module, folder = layout_module(layout), Path(folder)
    try:
        cases = _cases(module, folder, f"{layout} files such as {module.EXAMPLE}")
    except OSError as error:
        raise unreadable(error.filename or folder, "file or folder", error) from error
    return Dataset(name or folder.resolve().name, layout, folder, cases, module.LABEL_NAMES)


class DatasetFolder(Strict):
    """Where a data set lies, and how."""

    name: str
    layout: str
    folder: str

    def open(self) -> Dataset:
        """As `open_dataset`."""
        return open_dataset(self.layout, self.folder, self.name)


def _cases(module: ModuleType, folder: Path, expected: str) -> list[Case]:
    if not os.path.isdir(folder):  # false for a path of any length
        raise DataError(folder, "no such folder", expected, "Set the data set's folder, or run with source: phantom.")
    if cases := sorted(module.find_cases(folder), key=lambda case: case.id):
        return cases
    raise DataError(
        folder, content_of(folder), expected, "Point to the folder above these files, or change the layout."
    )

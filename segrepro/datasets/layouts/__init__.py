"""How data sets lie on disk.

A layout is a module beside this one; its name is the layout's. Modules whose names begin with `_` help them.
It has `find_cases(folder) -> list[Case]`, which opens no image, and the constants EXAMPLE (the path of one of its
images), LABEL_NAMES, and BINARY_LABELS (False where the published masks hold several values, all lesion).
Where they are the same for every data set of the layout: MODALITIES, of them REQUIRED_MODALITIES, which no case may
lack, and OPTIONAL_MODALITIES, which some may lack that others have, and LABEL_VALUES, what masks may hold besides 0.
Where a data set has them: `find_test_cases(folder)`, cases without label that a submission is made from,
`find_ignore_label(folder)`, the value of a label that is neither learned nor scored, and `find_label_names(folder)`,
the values of its own labels with their names (empty where it has none of its own).
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from segrepro.datasets.case import Case, Dataset
from segrepro.datasets.patients import with_patients
from segrepro.datasets.releases.misfit import misfit
from segrepro.datasets.releases.recognise import recognise
from segrepro.utils.errors import ConfigError, DataError, nearest, raise_together
from segrepro.utils.folders import content_of, unreadable
from segrepro.utils.modules import modules_in
from segrepro.utils.own_code import is_own, load
from segrepro.utils.validation import Strict

LARGEST_LABEL = 254


def layout_names() -> tuple[str, ...]:
    """The layouts that `open_dataset` reads."""
    return modules_in(__path__)


def layout_module(layout: str) -> ModuleType:
    """The module that reads `layout`, one of these or of one's own, 'module:find_cases'; ConfigError for none."""
    if is_own(layout):
        return _own_module(layout)
    if layout not in layout_names():
        raise ConfigError("layout", repr(layout), "the name of a layout", nearest(layout, layout_names()))
    return import_module(f"segrepro.datasets.layouts.{layout}")


def _own_module(layout: str) -> ModuleType:
    where = f"layout {layout}"
    load(layout, where)
    module = sys.modules[layout.partition(":")[0]]
    lacking = [name for name in ("find_cases", "EXAMPLE", "LABEL_NAMES", "BINARY_LABELS") if not hasattr(module, name)]
    if lacking:
        expected = "a module with find_cases, EXAMPLE, LABEL_NAMES and BINARY_LABELS"
        raise ConfigError(where, f"no {lacking[0]} in {module.__file__}", expected, f"Add {lacking[0]}.")
    return module


def modalities_of(layout: str) -> tuple[str, ...] | None:
    """The modalities of images in `layout`; None where each data set has its own.

    >>> modalities_of("wmh2017"), modalities_of("nnunet")
    (('flair', 't1'), None)
    """
    return getattr(layout_module(layout), "MODALITIES", None)


def has_test_cases(layout: str) -> bool:
    """Whether data sets of a layout may have cases without label that a submission is made from."""
    return hasattr(layout_module(layout), "find_test_cases")


def find_test_cases(layout: str, folder: str | Path) -> list[Case]:
    """The cases without label that a submission is made from; none where the layout has no such cases."""
    return layout_module(layout).find_test_cases(Path(folder)) if has_test_cases(layout) else []


def find_ignore_label(layout: str, folder: str | Path) -> int | None:
    """The value of the label that a data set says to ignore; None where it or its layout knows none."""
    module = layout_module(layout)
    return module.find_ignore_label(Path(folder)) if hasattr(module, "find_ignore_label") else None


def find_label_names(layout: str, folder: str | Path) -> dict[int, str]:
    """Value to name of the labels to learn: those that a data set names itself, else those of its layout."""
    module = layout_module(layout)
    own = module.find_label_names(Path(folder)) if hasattr(module, "find_label_names") else {}
    return own or dict(enumerate(module.LABEL_NAMES[1:], 1))


def fitting_layout(folder: str | Path) -> str:
    """The one layout in which a folder has cases with image and label.

    Raises DataError when the folder fits none, with what is wrong with those that it almost fits, or several.
    """
    folder, fitting, faults = Path(folder), [], []
    if not folder.is_dir():
        raise DataError(folder, "no such folder", "the folder of a data set", "Check the path.")
    for name in layout_names():
        try:
            cases = layout_module(name).find_cases(folder)
        except DataError as error:
            faults.append(error)
            continue
        if any(_is_there(case) for case in cases):
            fitting.append(name)
    if not fitting:
        raise_together(faults)
    if len(fitting) != 1:
        found = f"a data set in the layouts {', '.join(fitting)}" if fitting else content_of(folder)
        remedy = "Name it with --layout." if fitting else f"Name it with --layout: {', '.join(layout_names())}."
        raise DataError(folder, found, "a folder that fits one layout", remedy)
    return fitting[0]


def _is_there(case: Case) -> bool:
    files = [*case.images.values(), *case.labels]
    return bool(case.images and case.labels) and all(map(os.path.exists, files))


def open_dataset(layout: str, folder: str | Path, name: str | None = None) -> Dataset:
    """Find the cases of a folder without reading any image.

    A case may lack its image or its label: `check_dataset` reports that.
    Raises DataError when the folder is missing, holds no case or cannot be read, in it or below, ConfigError when the
    layout is unknown.
    """
    module, folder = layout_module(layout), Path(folder)
    try:
        cases = _cases(layout, folder, f"{layout} files such as {module.EXAMPLE}")
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


def _cases(layout: str, folder: Path, expected: str) -> list[Case]:
    if os.path.isfile(folder) and (told := misfit(folder)):
        raise DataError(folder, told[0], expected, told[1])
    if not os.path.isdir(folder):  # false for a path of any length
        raise DataError(folder, "no such folder", expected, "Set the data set's folder, or run with source: phantom.")
    if cases := sorted(_found(layout, folder), key=lambda case: case.id):
        _require_small_labels(folder, cases)
        return with_patients(folder, cases)
    found, remedy = misfit(folder, layout) or (
        content_of(folder),
        "Point to the folder above these files, or change the layout.",
    )
    raise DataError(folder, found, expected, remedy)


def _require_small_labels(folder: Path, cases: list[Case]) -> None:
    """Masks are kept in bytes, of which 255 is what is not learned."""
    values = {label for case in cases for _, _, label in case.label_ranges}
    if large := sorted(value for value in values if not 0 <= value <= LARGEST_LABEL):
        found, remedy = f"a label of value {large[0]}", "Give it another value, in the masks and where they are named."
        raise DataError(folder, found, f"values from 1 to {LARGEST_LABEL}", remedy)


def _found(layout: str, folder: Path) -> list[Case]:
    """The cases; a folder too deep for what its layout looks for beside them is called that."""
    try:
        return layout_module(layout).find_cases(folder)
    except DataError as error:
        release = next(iter(recognise(folder, layout)), None)
        if release and release.inside:
            found = f"a folder within {release.set.title}"
            raise DataError(folder, found, "the release's own folder", f"Point to {release.root}.") from error
        raise

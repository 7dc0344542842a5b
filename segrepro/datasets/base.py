"""What a data set is: cases found in a folder that follows a known layout.

A layout is a module beside this one with `find_cases(folder) -> list[Case]` and the constants EXAMPLE (the
path of one of its images), LABEL_NAMES, and BINARY_LABELS (False where the published masks hold several values, all
lesion). Where they are the same for every data set of the layout: IMAGE_ROLES, of them REQUIRED_ROLES, which no case
may lack, and LABEL_VALUES, what masks may hold besides 0. Where the data set has cases without label that a submission
is made from, `find_test_cases(folder)` finds them.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType

from segrepro.errors import ConfigError, DataError, nearest, raise_together

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


@dataclass(frozen=True)
class Case:
    """One scan of one patient.

    id: unique in its data set, and safe as a part of a file name.
    patient: the same for all time points of one person; folds never part them.
    images: role ("t1", "flair", ...) to a file, or to the folder of one DICOM series. Empty where only a label
        was found.
    labels: files, or folders of PNG masks, whose union is the label. Empty where the case has none.
    part: "train", "validation" or "test" where the data set divides its cases officially.
    label_ranges: (low, high, label): raw values of the mask, both ends included, that stand for a label.
        Empty: every value above 0 is label 1.
    """

    id: str
    patient: str
    site: str
    images: dict[str, Path]
    labels: tuple[Path, ...] = ()
    part: str | None = None
    label_ranges: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class Dataset:
    """The cases of one folder, sorted by id.

    label_names: name of every label value, value 0 first.
    """

    name: str
    layout: str
    folder: Path
    cases: list[Case] = field(repr=False)
    label_names: tuple[str, ...]


def layout_names() -> tuple[str, ...]:
    """The layouts that `open_dataset` reads."""
    return LAYOUTS


def layout_module(layout: str) -> ModuleType:
    """The module that reads `layout`; ConfigError when there is none."""
    if layout not in LAYOUTS:
        raise ConfigError("layout", repr(layout), "the name of a layout", nearest(layout, LAYOUTS))
    return import_module(f"segrepro.datasets.{layout}")


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


def _cases(module: ModuleType, folder: Path, expected: str) -> list[Case]:
    if not os.path.isdir(folder):  # false for a path of any length
        raise DataError(folder, "no such folder", expected, "Set the data set's folder, or run with source: phantom.")
    if cases := sorted(module.find_cases(folder), key=lambda case: case.id):
        return cases
    raise DataError(folder, _content(folder), expected, "Point to the folder above these files, or change the layout.")


def unreadable(path: str | Path, kind: str, error: OSError) -> DataError:
    """What to raise for a file or folder that the system does not let be read.

    >>> print(unreadable("scans", "folder", PermissionError(13, "Permission denied")))
    scans: found an unreadable folder (Permission denied); expected a readable folder. Allow to read it, or copy it
    again.
    """
    found = f"an unreadable {kind} ({error.strerror or error})"
    return DataError(path, found, f"a readable {kind}", "Allow to read it, or copy it again.")


def _content(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if not names:
        return "an empty folder"
    return f"{len(names)} entries ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''}) and no case"


def walk_files(folder: str | Path) -> Iterator[Path]:
    """Every file below a folder, sorted; linked folders are followed, hidden files and folders left out.

    None if there is no such folder. Raises DataError, after the last file, with a line for each folder that cannot be
    read.
    """
    seen, errors = set(), []
    for root, folders, files in os.walk(folder, followlinks=True, onerror=errors.append):
        # A link to a folder above would be walked for ever.
        real = os.path.realpath(root)
        folders[:] = sorted(f for f in folders if not f.startswith(".")) if real not in seen else []
        if real in seen:
            continue
        seen.add(real)
        yield from (Path(root, name) for name in sorted(files) if not name.startswith("."))
    absent = (FileNotFoundError, NotADirectoryError)
    raise_together([unreadable(e.filename, "folder", e) for e in errors if not isinstance(e, absent)])


def safe_id(text: str) -> str:
    """`text` as a part of a file name: letters, digits, `_` and `-`.

    A text that had to be changed gets a few digits of its hash, so that two texts never become one id.

    >>> safe_id("Site1-031768-t01")
    'Site1-031768-t01'
    >>> safe_id("Müller; $1") != safe_id("Müller, $1")
    True
    """
    text = unicodedata.normalize("NFC", text)
    safe = re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")
    if safe == text:
        return safe
    digits = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{safe[:80]}-{digits}".strip("-")


def file_stem(path: Path) -> str:
    """The file's name without its ending, `.nii.gz` being one ending.

    >>> file_stem(Path("a.b.nii.gz")), file_stem(Path("a.PNG"))
    ('a.b', 'a')
    """
    name = path.name[:-3] if path.name.lower().endswith(".nii.gz") else path.name
    return name.rpartition(".")[0]

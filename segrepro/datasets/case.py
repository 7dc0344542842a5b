"""What a data set is: cases found in a folder that follows a known layout (see `segrepro.datasets.layouts`)."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """One scan of one patient.

    id: unique in its data set, and safe as a part of a file name.
    patient: the same for all time points of one person; folds never part them.
    images: modality ("t1", "flair", ...) to a file, or to the folder of one DICOM series. Empty where only a label
        was found.
    labels: files, or folders of PNG masks, whose union is the label. Empty where the case has none.
    part: "train", "validation" or "test" where the data set divides its cases officially.
    label_ranges: (low, high, label): raw values of the mask, both ends included, that stand for a label.
        Empty: every value above 0 is label 1.
    listed: its place in the release's own list of cases, counted from 0; None where there is no such list.
    annotations: what further people drew on the same scan, by annotator; neither learned nor taken for the label.
    """

    id: str
    patient: str
    site: str
    images: dict[str, Path]
    labels: tuple[Path, ...] = ()
    part: str | None = None
    label_ranges: tuple[tuple[int, int, int], ...] = ()
    listed: int | None = None
    annotations: dict[str, Path] = field(default_factory=dict)


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

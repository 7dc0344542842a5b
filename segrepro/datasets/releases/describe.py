"""Facts about a folder that its owner may tell anybody: no voxel, no name of a file, patient or folder.

What a release's file does not know yet comes first. Of names only the words that all copies of the release share are
shown, every number in them as #; of images types, shapes, headers' codes and the ends of the values over all cases.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case, Dataset
from segrepro.datasets.releases.recognise import FoundSet
from segrepro.images.geometry import orientation_of
from segrepro.images.image import NIFTI, PAIR, is_picture
from segrepro.images.io import read_image
from segrepro.images.nifti import read_stored
from segrepro.utils.errors import SegreproError
from segrepro.utils.folders import walk_files
from segrepro.utils.parallel import for_each

MASK = "mask"
MOST_LINES = 40
SHOWN_VALUES = 8
WORD = re.compile(r"[A-Za-z]+")
HIDDEN = "*"


@dataclass(frozen=True)
class _File:
    """One image of a case: of which modality, and facts by their names."""

    modality: str
    facts: dict[str, str]
    low: float
    high: float


def describe(dataset: Dataset, release: FoundSet | None, workers: int = 1) -> list[str]:
    """Lines that may be pasted into an issue: the tree, then each modality's files."""
    files = [file for found in for_each(_files_of, dataset.cases, workers, "described cases") for file in found]
    several, patients = sum(len(case.labels) > 1 for case in dataset.cases), {case.patient for case in dataset.cases}
    return [
        f"layout {dataset.layout}: {len(dataset.cases)} cases, {len(patients)} patients",
        f"release: {release if release else 'none known'}",
        f"cases with several mask files: {several}",
        *_unknown(release),
        "",
        "names, numbers as #, other words as *:",
        *_tree(dataset.folder, release),
        "",
        "images:",
        *(line for modality in dict.fromkeys(f.modality for f in files) for line in _lines(modality, files)),
    ]


def _unknown(release: FoundSet | None) -> list[str]:
    """Which facts the file of the release does not know."""
    if not release:
        return []
    facts = release.set.facts
    absent = [name for name in type(facts).model_fields if not getattr(facts, name) and name != "division"]
    modalities = [name for name in [*release.set.modalities, MASK] if name not in facts.types]
    return [f"not known so far: {', '.join(absent)}; types of {', '.join(modalities) or 'nothing'}"]


def _tree(folder: Path, release: FoundSet | None) -> list[str]:
    """The kinds of paths with how many there are of each, the most frequent first."""
    known = set(WORD.findall(" ".join(release.release.tree))) if release else set()
    known |= {"nii", "gz", "dcm", "png", "jpg", "json", "csv", "xlsx", "txt", "pdf", "zip", "tar"}
    kinds = Counter(_kind(path.relative_to(folder), known) for path in walk_files(folder))
    lines = [f"  {count} x {kind}" for kind, count in kinds.most_common(MOST_LINES)]
    return lines + ([f"  and {len(kinds) - MOST_LINES} more kinds"] if len(kinds) > MOST_LINES else [])


def _kind(path: Path, known: Iterable[str]) -> str:
    """A path without what could name anybody.

    >>> _kind(Path("TRAINING/case_12/Müller_CT.345.nii"), {"TRAINING", "case", "CT", "nii"})
    'TRAINING/case_#/*_CT.#.nii'
    """
    pieces = re.findall(r"[A-Za-z]+|\d+|[/._,\- ]+|[^A-Za-z\d/._,\- ]+", path.as_posix())
    shown = ["#" if p.isdigit() else p if p in known or set(p) <= set("/._,- ") else HIDDEN for p in pieces]
    return re.sub(r"(\*)+", HIDDEN, "".join(shown))


def _files_of(case: Case) -> list[_File]:
    found = [_file(role, path) for role, path in case.images.items()]
    return [file for file in [*found, *(_file(MASK, path) for path in case.labels)] if file]


def _file(modality: str, path: Path) -> _File | None:
    """The facts of an image or mask; None where it cannot be read, which `segrepro check` tells."""
    try:
        array, facts = _read(path)
    except (SegreproError, OSError):
        return None
    if modality == MASK:
        values = np.unique(array)
        shown = ", ".join(f"{value:.17g}" for value in values[:SHOWN_VALUES])
        facts["values"] = shown + (f", ... ({len(values)})" if len(values) > SHOWN_VALUES else "")
        facts["empty"] = str(not (array > 0).any())
    return _File(modality, facts, float(np.nanmin(array)), float(np.nanmax(array)))


def _read(path: Path) -> tuple[np.ndarray, dict[str, str]]:
    """The values and what the header says; of a folder of pictures the first stands for all."""
    if path.is_dir() and (pictures := [file for file in sorted(path.iterdir()) if is_picture(file)]):
        path = pictures[0]
    image = read_image(path)
    if path.is_dir() or is_picture(path):
        return image.array, {"type": str(image.array.dtype), "axes": str(image.array.ndim)}
    facts = {
        "type": str(image.array.dtype),
        "axes": str(image.array.ndim),
        "time points": str(image.array.shape[3]) if image.array.ndim > 3 else "",
        "orientation": orientation_of(image, path) or "",
    }
    if not path.name.lower().endswith(NIFTI + PAIR):
        return image.array, facts | {"voxels, mm": " x ".join(f"{side:.4g}" for side in image.spacing_mm)}
    header, array = read_stored(path)
    slope, intercept = header.get_slope_inter()
    if slope is not None:
        array = array * float(slope) + float(intercept)
    return array, facts | {
        "type": f"{header.get_data_dtype()}, slope {1 if slope is None else slope:.12g}",
        "sform, qform code": f"{int(header['sform_code'])}, {int(header['qform_code'])}",
        "sform is the identity": str(bool(np.array_equal(header.get_sform(), np.eye(4)))),
        "pixdim": " x ".join(f"{side:.4g}" for side in header["pixdim"][1:4]),
    }


def _lines(modality: str, files: Sequence[_File]) -> list[str]:
    """The facts of one modality, each with how many files have it."""
    mine = [file for file in files if file.modality == modality]
    facts: dict[str, Counter] = defaultdict(Counter)
    for file in mine:
        for name, value in file.facts.items():
            if value:
                facts[name][value] += 1
    low, high = min(file.low for file in mine), max(file.high for file in mine)
    lines = [f"  {modality}: {len(mine)} files, values from {low:.6g} to {high:.6g}"]
    return lines + [f"    {name}: {_counted(counts)}" for name, counts in facts.items()]


def _counted(counts: Counter) -> str:
    shown = "; ".join(f"{value} ({count})" for value, count in counts.most_common(SHOWN_VALUES))
    return shown + (f"; and {len(counts) - SHOWN_VALUES} more" if len(counts) > SHOWN_VALUES else "")

"""A tree of DICOM files as a clinic exports it: series, and beside them segmentations (SEG) or contours (RTSTRUCT).

    patient7/series3/000001.dcm
    patient7/lesions.dcm

Each folder holds one series. A mask says itself, by its UID, which series it belongs to, wherever both lie; series
without a mask are left out. The first folder is taken as the patient, `patients.csv` says otherwise. A label is
known by its name; labels are numbered in the order of their names, over the whole tree.
"""

import warnings
from collections import defaultdict
from pathlib import Path

from segrepro.datasets.case import Case, safe_id
from segrepro.images.dicom_masks import is_dicom_mask, label_names, series_of
from segrepro.images.image import PICTURES, VOLUMES
from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files

EXAMPLE = "patient7/series3/000001.dcm and patient7/lesions.dcm"
LABEL_NAMES = ("background", "foreground")
BINARY_LABELS = True
OTHERS = (*PICTURES, *VOLUMES, ".csv", ".json", ".txt", ".md", ".yaml", ".tsv", ".pdf", ".zip", ".py")


def find_cases(folder: Path) -> list[Case]:
    """One case a series that masks belong to, named after its folder. Modality: as DICOM has it, `ct`, `mr`, ...

    Raises DataError for two masks of a series that number their labels differently.
    """
    series, masks = _found(folder)
    values = {name: value for value, name in _numbered(masks).items()}
    by_series = defaultdict(list)
    for mask in masks:
        by_series[series_of(mask)].append(mask)
    return [_case(folder, series.get(uid), files, values) for uid, files in by_series.items()]


def find_label_names(folder: Path) -> dict[int, str]:
    """Value to name of the labels that any mask of the tree holds."""
    return _numbered(_found(folder)[1])


def _found(folder: Path) -> tuple[dict[str, tuple[Path, str]], list[Path]]:
    """Folder and modality of every series by its UID, and all masks."""
    series, masks = {}, []
    for path in walk_files(folder):
        if path.name.lower().endswith(OTHERS):
            continue
        if is_dicom_mask(path):
            masks.append(path)
        elif header := _header(path):
            series.setdefault(header[0], (path.parent, header[1]))
    return series, masks


def _header(path: Path) -> tuple[str, str] | None:
    """Series and modality of a slice; None for what is none."""
    import pydicom

    try:
        with warnings.catch_warnings(action="ignore"):
            data = pydicom.dcmread(
                path, specific_tags=["SeriesInstanceUID", "Modality", "Rows"], stop_before_pixels=True
            )
    except Exception:  # pydicom raises all kinds of errors for what is no DICOM
        return None
    return (
        (str(data.get("SeriesInstanceUID", "")), str(data.get("Modality", "image")).lower()) if "Rows" in data else None
    )


def _numbered(masks: list[Path]) -> dict[int, str]:
    return dict(enumerate(sorted({name for mask in masks for name in label_names(mask).values()}), 1))


def _case(folder: Path, series: tuple[Path, str] | None, masks: list[Path], values: dict[str, int]) -> Case:
    numbers: dict[int, str] = {}
    for mask in masks:
        for number, name in label_names(mask).items():
            if numbers.setdefault(number, name) != name:
                found = f"{name} under the number {number}, which is {numbers[number]} in {masks[0].name}"
                raise DataError(mask, found, "masks of a series that number alike", "Export them as one mask.")
    place = (series[0] if series else masks[0]).relative_to(folder)
    return Case(
        id=safe_id(place.as_posix()),
        patient=safe_id(place.parts[0]),
        site="",
        images={series[1]: series[0]} if series else {},
        labels=tuple(masks),
        label_ranges=tuple((number, number, values[name]) for number, name in sorted(numbers.items())),
    )

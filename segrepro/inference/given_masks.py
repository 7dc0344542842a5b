"""Finished masks, of another tool or person: found by case, held against the scans' grids, and taken over."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import model_validator

from segrepro.datasets.case import file_stem
from segrepro.datasets.label_map import LabelMap
from segrepro.evaluation.folders import masks_below
from segrepro.images.geometry import on_grid_of
from segrepro.images.image import Image
from segrepro.images.labels import FULL
from segrepro.images.scans import read_scan
from segrepro.preprocessing.preparation import PreparedCase
from segrepro.utils.errors import DataError, SegreproError, raise_together
from segrepro.utils.validation import Strict


class Settings(Strict):
    """A folder of masks, or who drew those that lie in the data set beside its labels.

    without_mask: what a case without one counts as; None where each must have one.
    """

    folder: str | None = None
    annotator: str | None = None
    without_mask: Literal["empty", "left_out"] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Settings":
        if (self.folder is None) == (self.annotator is None):
            found = f"folder {self.folder}, annotator {self.annotator}"
            raise ValueError(found, "one of predictions and annotator", "Keep one.")
        return self


class GivenMasks:
    """The masks of a folder, or of one annotator, for the scored cases of a run.

    cases: every case that a fold of the run scores. In a folder, a mask has its case's id or the name of one of its
    scans, with or without nnU-Net's _0000, there or below. Raises DataError, a line a case, for those without a mask
    unless the settings say what they count as; `note` then says how many they are.
    """

    def __init__(self, settings: Settings, cases: Sequence[PreparedCase]):
        faults: list[SegreproError] = []
        self.without_mask = settings.without_mask
        if settings.folder is None:
            where, name = f"annotator {settings.annotator}", settings.annotator
            self.files = {one.case: one.annotations[name] for one in cases if name in one.annotations}
        else:
            where = Path(settings.folder)
            images = {record.case: list(map(Path, record.images.values())) for record in cases}
            self.files = masks_by_case(where, images, faults)
        self.missing = sorted({record.case for record in cases} - set(self.files))
        raise_together([*faults, *missing_masks(where, self.missing if self.without_mask is None else ())])
        counts = {"empty": "counted as empty", "left_out": "left out"}
        self.note = (
            f"{len(self.missing)} of {len(cases)} cases have no mask and are {counts[self.without_mask]}"
            if self.missing
            else ""
        )

    def masks(self, records: Sequence[PreparedCase], labels: LabelMap) -> dict[str, np.ndarray]:
        """The mask of each case, by id, uint8 label values on its scan's grid; those left out are not there.

        Raises GridError or DataError with a line for every mask on another grid or with other values.
        """
        found, faults = {}, []
        for record in records:
            if record.case not in self.files:
                if self.without_mask == "empty":
                    found[record.case] = np.zeros(record.source_shape, np.uint8)
                continue
            try:
                found[record.case] = read_given_mask(self.files[record.case], record, labels)
            except SegreproError as error:
                faults.append(error)
        raise_together(faults)
        return found


def masks_by_case(folder: Path, images: Mapping[str, Sequence[Path]], faults: list[SegreproError]) -> dict[str, Path]:
    """The mask of each case that has one in a folder or below it.

    images: the scans of every case, by its id. faults: gets what is wrong with the folder's files, and a line for each
    case that several masks of one name might mean.
    """
    names = {case: list(dict.fromkeys([case, *_names_of(paths)])) for case, paths in images.items()}
    shared = {name for name, count in Counter(n for own in names.values() for n in own).items() if count > 1}
    below: dict[str, list[Path]] = {}
    for name, path in masks_below(folder, faults).items():
        below.setdefault(Path(name).name, []).append(path)
    found = {}
    for case, own in names.items():
        paths = next((below[name] for name in own if name in below and name not in shared), [])
        if len(paths) > 1:
            remedy = "Name the folder that holds one set of masks."
            faults.append(DataError(paths[1], f"the name of {paths[0]}", f"one mask of the case {case}", remedy))
        found |= {case: paths[0]} if paths else {}
    return found


def _names_of(paths: Sequence[Path]) -> list[str]:
    stems = [file_stem(path) for path in paths]
    return [*stems, *(stem[:-5] for stem in stems if stem[-5:-4] == "_" and stem[-4:].isdigit())]


def missing_masks(where: object, cases: Iterable[str]) -> list[SegreproError]:
    """A fault for each of these cases, that it has no mask."""
    expected, remedy = "a mask of each scored case", "Add it, or set without_mask to empty or left_out."
    return [DataError(where, f"no mask of the case {case}", expected, remedy) for case in cases]


def read_given_mask(path: Path, record: PreparedCase, labels: LabelMap) -> np.ndarray:
    """A mask as label values (uint8) of the data set, in the axis order of the case's first scan.

    A binary mask of a data set with one label may hold 255 or 65535 for it, whatever value it has. Raises GridError
    when the mask lies on another grid than the scan, DataError for values that are no label.
    """
    image, scan = read_scan(path), tuple(record.source_shape)
    array = image.array[..., 0] if image.array.ndim == len(scan) + 1 and image.array.shape[-1] == 1 else image.array
    reference = Image(np.broadcast_to(np.uint8(0), scan), np.array(record.affine))
    array = on_grid_of(Image(array, image.affine), reference, path, Path(next(iter(record.images.values())))).array
    values = np.unique(array)
    known = [*labels.values, *([] if labels.ignored is None else [labels.ignored])]
    # 1 means another label where the data set's one label has another value and the masks hold several.
    if len(labels.values) == 1 and len(values) <= 2 and set(values.tolist()) <= {0, *FULL, *known[:1]}:
        return np.where(array > 0, np.uint8(known[0]), np.uint8(0))
    if strange := sorted({*values.tolist()} - {0, *known}):
        expected, remedy = f"0 and the labels {', '.join(map(str, known))}", "Write the data set's own label values."
        if any(value != round(value) for value in strange):
            remedy = "It holds probabilities or a scan: threshold it, and write the data set's own label values."
        raise DataError(path, f"the value {strange[0]:g}", expected, remedy)
    return array.astype(np.uint8)

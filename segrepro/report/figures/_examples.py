"""Which cases and slices a figure shows, and the pictures of them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.evaluation.case_scores import predicted_case
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.image import Image, is_picture
from segrepro.images.io import read_image
from segrepro.images.labels import read_reference
from segrepro.images.scans import read_scan
from segrepro.preprocessing.normalization import Normalization, scaled
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import ReportedRun


@dataclass(frozen=True)
class Example:
    """One case and the slice of it with the largest label.

    index: of the slice in RAS order. orientation: the scan's, None for a picture. aspect: height over width of a
    pixel. truth: (rows, columns), learned label values, 0 elsewhere. images: files by modality.
    """

    case: str
    index: int
    orientation: str | None
    aspect: float
    truth: np.ndarray
    images: dict[str, Path]

    def picture(self, path: str | Path, scaling: Normalization | None = None) -> np.ndarray:
        """The slice of a file on this case's grid, front up and left at left; (rows, columns) or RGB.

        scaling: of the whole scan, as it is scaled for training.
        """
        image = read_image(path) if is_picture(path) else read_scan(Path(path))
        return self.slice_of(scaled(image.array, scaling, Path(path)) if scaling else image.array)

    def slice_of(self, array: np.ndarray) -> np.ndarray:
        """The slice of an array in the scan's file order."""
        if self.orientation is None:
            return array
        return self.upright(to_slices(array, self.orientation)[self.index])

    def upright(self, prepared: np.ndarray) -> np.ndarray:
        """A prepared slice, whose rows run from back to front in a volume, with the front up."""
        return prepared if self.orientation is None else np.flipud(prepared)


def prepared_cases(run: ReportedRun) -> PreparedCases:
    """What a run was trained and tested on."""
    return PreparedCases(list(dict.fromkeys(Path(path).parent for path in run.prepared)))


def examples(drawing: Drawing, runs: list[ReportedRun], count: int) -> list[Example]:
    """Cases that all runs predicted, at even steps from the smallest label to the largest."""
    by_run = [set(drawing.predictions["case"][drawing.predictions["run"] == run.name]) for run in runs]
    first = drawing.predictions[drawing.predictions["run"] == runs[0].name].drop_duplicates("case")
    rows = first[first["case"].isin(set.intersection(*by_run))].to_dict("records")
    found = sorted((_size(row), row["case"], row) for row in rows)
    found = [row for size, _, row in found if size > 0]
    steps = np.linspace(0, len(found) - 1, min(count, len(found))).round().astype(int)
    return [_example(found[step]) for step in steps]


def _read(row: dict) -> tuple[dict[str, Path], Image, np.ndarray, str | None]:
    case = predicted_case(row)
    scan, label = read_reference(case)
    # What is left out of training and scores is no truth to compare with.
    truth = np.where(np.isin(label, json.loads(row["learned"])), label, 0)
    return case.images, scan, truth, orientation_of(scan, next(iter(case.images.values())))


def _size(row: dict) -> float:
    _, scan, label, _ = _read(row)
    return float(np.count_nonzero(label) * np.prod(scan.spacing_mm))


def _example(row: dict) -> Example:
    import nibabel as nib

    images, scan, label, orientation = _read(row)
    areas = (to_slices(label, orientation) > 0).sum((1, 2))
    aspect = 1.0
    if orientation:
        by_axis = dict(zip(nib.io_orientation(scan.affine)[:, 0].astype(int), scan.spacing_mm))
        aspect = by_axis[1] / by_axis[0]
    example = Example(row["case"], int(areas.argmax()), orientation, aspect, label, images)
    return Example(row["case"], example.index, orientation, aspect, example.slice_of(label), images)


def show(axis, picture: np.ndarray, aspect: float, limits: tuple[float, float] | None = None) -> None:
    """Draw a grey picture between two values (its 1st and 99.5th percentile if not given), or a coloured one."""
    low, high = limits or np.percentile(picture, (1, 99.5))
    axis.imshow(picture, cmap="gray", vmin=low, vmax=high, aspect=aspect)
    axis.set(xticks=[], yticks=[])


def outline(axis, mask: np.ndarray, colour: str) -> None:
    """Draw the contour of each label of a mask."""
    for value in np.unique(mask[mask > 0]):
        axis.contour(mask == value, [0.5], colors=colour, linewidths=1.0)

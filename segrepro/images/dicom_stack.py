"""Slices of one DICOM series that lie behind one another: that they do, and where their volume lies."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.images.dicom_values import Meaning
from segrepro.utils.errors import DataError

# By how much of the usual gap a gap may differ, and slices shift sideways from one to the next.
TOLERANCE = 0.1
# Positions nearer than this are one position.
NEAR_MM = 1e-3


@dataclass(frozen=True)
class Slice:
    """One file of a series.

    position, axes: centre of the first pixel, and the directions in which columns (axes[0]) and rows (axes[1])
    count up; mm in DICOM's space (LPS). spacing_mm: between columns, between rows. shape: rows, columns.
    pixels: stored values (row, column); None where only the geometry was asked for. meaning: what they stand for.
    """

    path: Path
    series: str
    position: np.ndarray
    axes: np.ndarray
    spacing_mm: np.ndarray
    shape: tuple[int, int]
    pixels: np.ndarray | None
    meaning: Meaning


def require_one_series(folder: Path, slices: list[Slice]) -> None:
    """Raise DataError when slices differ in what a series shares.

    Tools that make files anonymous may give each file a series of its own: such series say nothing.
    """
    series = Counter(s.series for s in slices)
    first = slices[0]
    if 1 < len(series) < len(slices):
        raise DataError(folder, f"files of {len(series)} series", "one series", "Give each series its own folder.")
    for s in slices:
        if np.shape(s.pixels) != np.shape(first.pixels):
            raise _mixed(s, first, "size")
        if np.abs(s.axes - first.axes).max() > 1e-3:
            raise _mixed(s, first, "orientation")
        if np.abs(s.spacing_mm - first.spacing_mm).max() > 1e-3 * first.spacing_mm.max():
            raise _mixed(s, first, "pixel spacing")


def _mixed(one: Slice, other: Slice, what: str) -> DataError:
    found = f"another {what} than in {other.path.name}"
    return DataError(one.path, found, "slices of one series", "Give each series its own folder.")


def require_stack(slices: list[Slice], gaps: np.ndarray) -> None:
    """Raise DataError unless slices lie behind one another at even distances.

    slices: from the lowest to the highest. gaps: mm from each to the next, along their normal.
    """
    usual = float(np.median(gaps))
    worst = int(np.argmax(np.abs(gaps - usual)))
    nearest = int(np.argmin(gaps))
    if gaps[nearest] < NEAR_MM:
        found = f"the same position as {slices[nearest].path.name}"
        raise DataError(slices[nearest + 1].path, found, "slices at different positions", "Keep one series a folder.")
    if abs(gaps[worst] - usual) > TOLERANCE * usual:
        found = f"{gaps[worst]:.4g} mm to {slices[worst].path.name}, elsewhere {usual:.4g} mm"
        raise DataError(slices[worst + 1].path, found, "even gaps between slices", "Add the missing slices.")
    step = slices[-1].position - slices[0].position
    sideways = float(np.linalg.norm(slices[0].axes @ step)) / np.linalg.norm(step)
    if sideways > TOLERANCE:
        found = f"slices that shift by {sideways * usual:.3g} mm sideways from one to the next"
        raise DataError(slices[0].path.parent, found, "slices behind one another", "Resample the tilted scan.")
    _require_straight(slices, usual)


def _require_straight(slices: list[Slice], usual: float) -> None:
    """Raise DataError for the slice that lies farthest beside the line from the first to the last, if it is far."""
    positions = np.array([s.position for s in slices])
    line = np.linspace(positions[0], positions[-1], len(slices))
    beside = np.linalg.norm((positions - line) @ slices[0].axes.T, axis=1)
    worst = int(np.argmax(beside))
    if beside[worst] > TOLERANCE * usual:
        found = f"a slice {beside[worst]:.3g} mm beside the line of the others"
        raise DataError(slices[worst].path, found, "slices behind one another", "Export the series again.")


def affine_of(slices: list[Slice]) -> np.ndarray:
    """(column, row, slice) to mm in RAS+."""
    first, last = slices[0], slices[-1]
    affine = np.eye(4)
    affine[:3, :2] = first.axes.T * first.spacing_mm
    affine[:3, 2] = (last.position - first.position) / (len(slices) - 1)
    affine[:3, 3] = first.position
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine

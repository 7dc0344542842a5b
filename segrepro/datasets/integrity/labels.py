"""What can be wrong with the label files of a case."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.fault import Fault
from segrepro.datasets.integrity.grids import off_grid
from segrepro.datasets.integrity.images import read_or_fault
from segrepro.images.geometry import orientation_of
from segrepro.images.image import Image
from segrepro.images.labels import read_mask

SHOWN = 5


def label_faults(
    case: Case, reference: tuple[Path, Image] | None, allow_empty: bool, binary: bool, values: Sequence[int] | None
) -> list[Fault]:
    """Unreadable files, other grids, values that do not belong, no background, and no foreground in any of the files.

    values: what the files may hold besides 0; None for what the case's label_ranges or the layout say.
    """
    faults, foreground = [], False
    for path in case.labels:
        if os.path.isdir(path) and reference is None:
            return faults  # masks of slices have no grid without the slices, whose own fault is listed
        label, found = _opened(case, path, reference)
        faults += found
        if label is None:
            continue
        faults += value_faults(case, path, label, binary, values)
        foreground = foreground or _has_foreground(case, label)
        if _is_full(label):
            remedy = "Turn the mask over if it is inverted, or draw it again."
            faults.append(Fault(case.id, str(path), "a label in every voxel", "some background", remedy))
    # A faulty file may be why there is no foreground.
    if case.labels and not (faults or foreground or allow_empty):
        remedy = "Draw the label, remove the case, or set allow_empty if it is right."
        faults.append(Fault(case.id, str(case.labels[0]), "an empty label", "some foreground", remedy, "empty mask"))
    return faults


def _opened(case: Case, path: Path, reference: tuple[Path, Image] | None) -> tuple[Image | None, list[Fault]]:
    """A file, or a folder of masks that were drawn on the slices of the reference, on the reference's grid."""
    label, faults = read_or_fault(case, path, lambda: _mask(path, reference and reference[0]))
    return label, faults or off_grid(case, path, label, reference)


def _mask(path: Path, reference_path: Path | None) -> Image:
    mask = read_mask(path, reference_path)
    orientation_of(mask, path)
    return mask


def _has_foreground(case: Case, label: Image) -> bool:
    if not case.label_ranges:
        return bool((label.array > 0).any())
    return any(((label.array >= low) & (label.array <= high)).any() for low, high, to in case.label_ranges if to > 0)


def _is_full(label: Image) -> bool:
    """Whether a volume has no background. A close picture of a lesion may have none."""
    return label.array.ndim == 3 and label.array.size > 1 and bool((label.array > 0).all())


def value_faults(case: Case, path: Path, label: Image, binary: bool, values: Sequence[int] | None) -> list[Fault]:
    """Values outside of what the file may hold."""
    if label.array.ndim > 3 or label.array.dtype.kind not in "biuf":
        return []
    found = np.unique(label.array)
    wrong, expected = _foreign(found, case.label_ranges, binary, values)
    if not len(wrong):
        return []
    shown = ", ".join(f"{v:g}" for v in wrong[:SHOWN]) + (", ..." if len(wrong) > SHOWN else "")
    remedy = "Write the label as whole numbers, without loss."
    return [Fault(case.id, str(path), f"the values {shown}", expected, remedy)]


def _foreign(found: np.ndarray, ranges: Sequence[tuple], binary: bool, values: Sequence[int] | None):
    """The values that do not belong (all of them where no single one can be blamed), and what was expected."""
    if values is not None:
        allowed = sorted({0, *values})
        return found[~np.isin(found, allowed)], ", ".join(map(str, allowed))
    if ranges:
        inside = (found == 0) | np.any([(found >= low) & (found <= high) for low, high, _ in ranges], axis=0)
        return found[~inside], "0, " + ", ".join(f"{low}-{high}" for low, high, _ in ranges)
    if binary:
        sound = (found >= 0).all() and (found == np.rint(found)).all() and np.count_nonzero(found) <= 1
        sound = sound and np.isfinite(found).all()
        return found[: 0 if sound else None], "0 and one more"
    return found[~((found >= 0) & (found == np.rint(found)) & np.isfinite(found))], "whole numbers, 0 or above"

"""What a study of one's own begins with, chosen from the data set's fingerprint; each choice with its reason."""

from dataclasses import dataclass

import numpy as np

from segrepro.datasets.fingerprint.measure import Fingerprint
from segrepro.datasets.integrity.images import CT
from segrepro.images.geometry import PLANE_AXES, Plane
from segrepro.utils.errors import DataError

# How many times the widest spacing is the finest before slices are cut across it.
ANISOTROPIC = 1.5
# Spacings that differ by less are one.
SAME_SPACING = 1.05
DIVISOR = 32  # of every network's input
LARGEST, LARGEST_IN_DEMO = 512, 96  # pixels of a side
MASKED = 0.25  # share of zeros from which on a scan has a masked background
SIDES = ("left", "right")


@dataclass(frozen=True)
class Choice:
    """A value of the study's file, and why it is so."""

    value: object
    reason: str


@dataclass(frozen=True)
class Frame:
    """Slices as a network sees them: at this spacing or resized to rows and columns, in this size.

    spacing_mm, resize: None where slices keep their own.
    """

    spacing_mm: tuple[float | None, float, float] | None
    resize: tuple[int, int] | None
    size: tuple[int, int]


def choose_plane(found: Fingerprint) -> Choice:
    """The plane whose slices are the finest."""
    if found.pictures:
        return Choice("none", "Pictures are slices already.")
    spacing = np.median(found.spacings, axis=0)
    shown = " x ".join(f"{mm:.3g}" for mm in spacing)
    if spacing.max() < ANISOTROPIC * spacing.min():
        return Choice("axial", f"Voxels of {shown} mm (x, y, z; median) are about as fine in every direction.")
    plane = next(plane for plane, axes in PLANE_AXES.items() if axes[0] == int(spacing.argmax()))
    return Choice(plane, f"Voxels of {shown} mm (x, y, z; median) are the widest across {plane} slices.")


def choose_frame(found: Fingerprint, plane: Plane | str) -> tuple[Frame, str]:
    """The slices for the whole recipe, and why they are so."""
    if found.pictures:
        return _frame_of_pictures(found)
    axes = list(PLANE_AXES[plane])
    spacings, shapes = found.spacings[:, axes][:, 1:], found.shapes[:, axes][:, 1:]
    median = np.median(spacings, axis=0)
    mm = tuple(float(f"{value:.3g}") for value in median)
    if (np.ptp(spacings, axis=0) < (SAME_SPACING - 1) * median).all():
        return Frame(None, None, _size(shapes.max(axis=0))), "All cases have one spacing within slices, which is kept."
    rows, columns = (f"{low:.3g} to {high:.3g}" for low, high in zip(spacings.min(axis=0), spacings.max(axis=0)))
    reason = f"Rows are {rows} mm apart and columns {columns}: all become the median. Slices keep their own distance."
    return Frame((None, *mm), None, _size((shapes * spacings / mm).max(axis=0))), reason


def _frame_of_pictures(found: Fingerprint) -> tuple[Frame, str]:
    shapes = found.shapes[:, ::-1]
    if (shapes == shapes[0]).all() and shapes.max() <= LARGEST:
        return Frame(None, None, _size(shapes[0])), "All pictures have one size, which is kept."
    resize = _scaled_to(np.median(shapes, axis=0), LARGEST)
    return Frame(None, resize, resize), "Pictures of several sizes, or large ones, are brought to about their median."


def smaller(found: Fingerprint, frame: Frame, plane: Plane | str) -> Frame | None:
    """The frame at demo scale, in coarser pixels; None where it is small enough."""
    if max(frame.size) <= LARGEST_IN_DEMO:
        return None
    if found.pictures:
        resize = _scaled_to(np.array(frame.size), LARGEST_IN_DEMO)
        return Frame(None, resize, resize)
    own = np.median(found.spacings[:, PLANE_AXES[plane]], axis=0)[1:]
    factor = max(frame.size) / LARGEST_IN_DEMO
    mm = [float(f"{factor * value:.3g}") for value in (frame.spacing_mm[1:] if frame.spacing_mm else own)]
    return Frame((None, *mm), None, _size(np.array(frame.size) / factor))


def _size(extent: np.ndarray) -> tuple[int, int]:
    """Rows and columns that hold an extent in pixels, as far as they may grow."""
    rows, columns = (min(DIVISOR * int(np.ceil(n / DIVISOR - 1e-6)), LARGEST) for n in extent)
    return rows, columns


def _scaled_to(shape: np.ndarray, largest: int) -> tuple[int, int]:
    """Rows and columns near a shape, or of its proportions if its longer side is more than the largest."""
    factor = min(1, largest / shape.max())
    rows, columns = (max(DIVISOR, DIVISOR * round(float(n) * factor / DIVISOR)) for n in shape)
    return rows, columns


def choose_normalization(found: Fingerprint) -> Choice:
    """How intensities are scaled: as nnU-Net does, by modality."""
    chosen = {modality: _normalization(found, modality) for modality in found.modalities}
    reasons = " ".join(dict.fromkeys(choice.reason for choice in chosen.values()))
    values = [choice.value for choice in chosen.values()]
    if all(value == values[0] for value in values):
        return Choice(values[0], reasons)
    return Choice({modality: choice.value for modality, choice in chosen.items()}, reasons)


def _normalization(found: Fingerprint, modality: str) -> Choice:
    if modality == CT:
        of = found.foreground[modality]
        numbers = {"clip": [round(of.low, 1), round(of.high, 1)], "mean": round(of.mean, 2), "std": round(of.std, 2)}
        reason = "HU mean the same in every scan: clipped and scaled by those of the labelled voxels, as nnU-Net does."
        return Choice({"name": "zscore"} | numbers, f"{reason} They are of all cases, those that are scored too.")
    zeros = float(np.median([case.intensities[modality].zeros for case in found.cases]))
    if zeros > MASKED:
        reason = f"{zeros:.0%} of {modality} is 0 (median): a masked background, which is left out and stays 0."
        return Choice({"name": "zscore", "inside": "nonzero"}, reason)
    return Choice("zscore", f"Intensities of {modality} have no unit: each scan by its own mean and deviation.")


def choose_folds(found: Fingerprint) -> Choice:
    """The published parts if there are any, else folds by patient. Raises DataError for fewer than 3 patients."""
    if {"train", "test"} <= {case.part for case in found.cases}:
        return Choice({"by": "official", "count": 1}, "The data set names its parts.")
    count = len(found.patients)
    if count < 3:
        remedy = "Add patients; or name each case's own, if several are taken for one."
        raise DataError(found.name, f"{count} patients", "at least 3, one a part", remedy)
    if count < 5:
        return Choice({"count": 1, "test_fraction": 0.34}, f"{count} patients are too few for more than one division.")
    return Choice({"count": 5}, f"Each of {count} patients is scored once, by a model that has not seen the patient.")


def choose_flips(found: Fingerprint, plane: Plane | str) -> Choice:
    """The probability with which slices are mirrored left to right."""
    named = [name for name in found.labels.values() if any(side in name.lower() for side in SIDES)]
    if named:
        return Choice(0.0, f"Not mirrored, since {named[0]!r} names a side.")
    if plane == "sagittal":
        return Choice(0.0, "Not mirrored: columns of sagittal slices run from back to front.")
    return Choice(0.5, "Mirrored left to right, as the labels name no side.")


def choose_loss(found: Fingerprint) -> Choice:
    """The loss, its options and the activation: keys of `experiment_defaults`."""
    if found.ignore_label is not None:
        keys = {"loss": "pixel_sum_ce", "loss_options": {"ignore_index": 255}, "activation": "softmax"}
        return Choice(keys, "The loss that can leave out the voxels of the label to ignore.")
    if len(found.labels) > 1:
        keys = {"loss": "weighted_ce_dice", "activation": "softmax"}
        return Choice(keys, "Several labels exclude each other; rare ones get more weight.")
    return Choice({"loss": "dice_ce"}, "One label: Dice loss and cross-entropy.")

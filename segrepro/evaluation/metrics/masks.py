"""Two masks on one grid: checked, cropped to their common box, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import index

import numpy as np

from segrepro.utils.errors import MetricError

Box = tuple[slice, ...]
_CHUNK = 1 << 20  # voxels looked at together: they stay in the cache


@dataclass(frozen=True)
class Pair:
    """Two label maps of one shape in C order, with the voxel size of their axes.

    reversed_axes: the arrays came in Fortran order and are seen transposed.
    """

    prediction: np.ndarray
    reference: np.ndarray
    spacing_mm: tuple[float, ...]
    reversed_axes: bool


def check_pair(
    prediction: np.ndarray,
    reference: np.ndarray,
    spacing_mm: Sequence[float],
    labels: tuple[int, ...] | None = None,
) -> Pair:
    """The pair, ready to be scored; nothing is copied when both lie in memory in the same order.

    labels: the values that may occur besides 0; None for binary masks (0 and 1, or bool).
    Raises MetricError as `segmentation_metrics` says.
    """
    prediction, reference = (
        _integers(name, np.asarray(mask)) for name, mask in (("prediction", prediction), ("reference", reference))
    )
    if prediction.shape != reference.shape:
        raise MetricError(
            "prediction", f"shape {prediction.shape}", f"{reference.shape} as the reference", "Resample it."
        )
    if prediction.ndim not in (2, 3) or prediction.size == 0:
        raise MetricError("prediction", f"shape {prediction.shape}", "a mask with 2 or 3 axes", "Pass one case.")
    spacing = check_spacing(spacing_mm, prediction.ndim)
    prediction = _checked_labels("prediction", prediction, labels)
    reference = _checked_labels("reference", reference, labels)
    turned = reference.flags.f_contiguous and not reference.flags.c_contiguous
    if turned:
        prediction, reference, spacing = prediction.T, reference.T, spacing[::-1]
    return Pair(np.ascontiguousarray(prediction), np.ascontiguousarray(reference), spacing, turned)


def check_labels(labels: Sequence[int] | None) -> tuple[int, ...] | None:
    """The labels to score as a tuple, or None for binary masks; MetricError unless they are a sequence of integers."""
    if labels is None:
        return None
    try:
        return tuple(index(label) for label in labels)
    except TypeError:
        raise MetricError("labels", repr(labels), "a sequence of integers", "Pass [1] for the label 1.") from None


def check_numbers(name: str, mask: np.ndarray, expected: str) -> None:
    """MetricError unless the array holds numbers, bool included, and none is NaN; expected: what they should be."""
    if mask.dtype.kind not in "buif":
        raise MetricError(name, f"type {mask.dtype}", expected, "Convert the mask.")
    if mask.dtype.kind == "f" and np.isnan(mask).any():
        raise MetricError(name, "NaN", expected, "Repair the mask.")


def check_spacing(spacing_mm: Sequence[float], ndim: int) -> tuple[float, ...]:
    """The voxel size as floats, one an axis; MetricError when missing, of wrong length or not positive."""
    remedy = "Pass the voxel size in mm, one number an axis, in array order."
    try:
        spacing = tuple(float(s) for s in spacing_mm)
    except (TypeError, ValueError):
        raise MetricError("spacing_mm", repr(spacing_mm), f"{ndim} positive numbers", remedy) from None
    if len(spacing) != ndim or not all(0 < s < np.inf for s in spacing):
        raise MetricError("spacing_mm", str(spacing), f"{ndim} positive numbers", remedy)
    return spacing


def _integers(name: str, mask: np.ndarray) -> np.ndarray:
    check_numbers(name, mask, "integer labels")
    if mask.dtype.kind != "f":
        return mask
    whole = mask.astype(np.int64)
    if not np.array_equal(whole, mask):
        raise MetricError(name, "values that are not whole", "integer labels", "Threshold probabilities first.")
    return whole


def _checked_labels(name: str, mask: np.ndarray, labels: tuple[int, ...] | None) -> np.ndarray:
    """The mask: as bool when it is binary, else as integers; one byte a voxel is seen as the other, not copied."""
    if mask.dtype == bool:
        if labels is None:
            return mask
        mask = mask.view(np.uint8)
    if labels is None:
        low, high = (0 if mask.dtype.kind == "u" else int(mask.min())), int(mask.max())
        unexpected = [v for v in (low, high) if v not in (0, 1)]
        expected, remedy = "a mask of 0 and 1", "Pass `mask == value`, or name the labels."
    else:
        allowed, low, high = {0, *labels}, int(mask.min()), int(mask.max())
        # Where all between the ends may occur, nobody has to count which values do.
        sound = high - low < len(allowed) and allowed.issuperset(range(low, high + 1))
        unexpected = [] if sound else sorted(set(label_values(mask)) - allowed)
        expected, remedy = f"the labels {sorted(allowed)}", "Name every label that may occur."
    if unexpected:
        raise MetricError(name, f"the label {unexpected[0]}", expected, remedy)
    if labels is not None:
        return mask
    return mask.view(bool) if mask.itemsize == 1 else mask.astype(bool)


def label_values(mask: np.ndarray) -> list[int]:
    """The values of an integer array, in order; counted layer by layer, not sorted.

    >>> label_values(np.array([[3, 0], [0, -1]]))
    [-1, 0, 3]
    """
    low, high = int(mask.min()), int(mask.max())
    if high - low >= 1 << 16:
        return np.unique(mask).tolist()
    counts = sum(np.bincount(layer.ravel(order="K").astype(np.int64) - low, minlength=high - low + 1) for layer in mask)
    return [low + int(v) for v in np.flatnonzero(counts)]


@dataclass(frozen=True)
class Survey:
    """Where one label is in a pair of masks.

    both, prediction, reference: voxels in both masks and in each; box: the smallest that holds them all, None
    when there are none; layers: for each mask, which layers of the first axis of the box hold the label.
    """

    both: int
    prediction: int
    reference: int
    box: Box | None
    layers: tuple[np.ndarray, ...]


def survey(pair: Pair, label: int = 1) -> Survey:
    """Count the label and find where it is, in one pass over both arrays."""
    shape = pair.reference.shape
    layers, across = np.zeros((2, shape[0]), bool), np.zeros(shape[1:], bool)
    counts, step = np.zeros(3, int), max(1, _CHUNK // pair.reference[0].size)
    for start in range(0, shape[0], step):
        part = slice(start, start + step)
        masks = [select(labels[part], label) for labels in (pair.prediction, pair.reference)]
        for mask, rows in zip(masks, layers[:, part]):
            rows[:] = mask.reshape(len(mask), -1).any(axis=1)
            if rows.any():
                across |= np.bitwise_or.reduce(mask, axis=0)
        counts += _counts(*masks, *layers[:, part].any(axis=1))
    if not layers.any():
        return Survey(0, 0, 0, None, ())
    box = _box(layers.any(axis=0), across)
    return Survey(*(int(c) for c in counts), box, tuple(layers[:, box[0]]))


def _counts(prediction: np.ndarray, reference: np.ndarray, predicted: bool, real: bool) -> list[int]:
    """Voxels in both masks, in the prediction, in the reference; predicted, real: whether a mask has any."""
    both = np.count_nonzero(prediction & reference) if predicted and real else 0
    return [both, np.count_nonzero(prediction) * predicted, np.count_nonzero(reference) * real]


def _box(layers: np.ndarray, across: np.ndarray) -> Box:
    """The box from which layers of the first axis are hit, and where any layer is."""
    axes = range(across.ndim)
    others = [across.any(axis=tuple(a for a in axes if a != axis)) for axis in axes]
    return tuple(slice(int(h.argmax()), int(h.size - h[::-1].argmax())) for h in (layers, *others))


def runs(flags: np.ndarray) -> list[slice]:
    """Where a bool array is True, as slices.

    >>> runs(np.array([True, True, False, True]))
    [slice(0, 2, None), slice(3, 4, None)]
    """
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return [slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def select(labels: np.ndarray, label: int = 1) -> np.ndarray:
    """Where the label is, as bool: a bool mask itself, or a new array."""
    return labels if labels.dtype == bool else labels == label

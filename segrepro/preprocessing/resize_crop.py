"""Between a scan's own grid and the prepared one: slices, one size for all (resized, then cropped), and back."""

from collections.abc import Sequence

import numpy as np

from segrepro.images.geometry import from_slices, to_slices
from segrepro.utils.errors import GridError


def place(array: np.ndarray, record: dict) -> np.ndarray:
    """An array on the scan's grid as prepared slices (S, H, W); its lowest value where the crop leaves the scan.

    array: in the scan's file order, (x, y, z) or (row, column). record: what `prepare_case` describes a case by.
    When slices are resized, integers keep their values (nearest neighbour), real numbers are interpolated.
    """
    slices = resized(to_slices(array, record["orientation"]), record["resize"])
    inner, outer = windows(slices.shape[1:], record["crop"])
    cropped = np.full((len(slices), *record["crop"]["size"]), slices.min(), slices.dtype)
    cropped[(slice(None), *outer)] = slices[(slice(None), *inner)]
    return cropped


def restore(array: np.ndarray, record: dict) -> np.ndarray:
    """Put an array of the prepared grid back on the grid of the scan it comes from; 0 outside the crop.

    array: (S, H, W), a mask or probabilities; its type is kept.
    Returns the source's shape and axis order, (x, y, z) or (row, column): write it with `record["affine"]`.
    Raises GridError when the array is not of the record's prepared shape.
    """
    if list(array.shape) != record["shape"]:
        expected = f"shape {tuple(record['shape'])}"
        raise GridError(record["case"], f"shape {array.shape}", expected, "Pass a prediction for this case.")
    full = np.zeros((len(array), *(record["resize"] or record["full_shape"][1:])), array.dtype)
    inner, outer = windows(full.shape[1:], record["crop"])
    full[(slice(None), *inner)] = array[(slice(None), *outer)]
    full = resized(full, record["full_shape"][1:])
    return from_slices(full, record["orientation"]).reshape(record["source_shape"])


def windows(shape: Sequence[int], crop: dict) -> tuple[list[slice], list[slice]]:
    """Where crop and slice overlap: as slices of the slice, and of the crop."""
    lows = [max(0, start) for start in crop["start"]]
    highs = [min(n, start + size) for n, start, size in zip(shape, crop["start"], crop["size"])]
    inner = [slice(low, high) for low, high in zip(lows, highs)]
    outer = [slice(low - s, high - s) for low, high, s in zip(lows, highs, crop["start"])]
    return inner, outer


def resized(slices: np.ndarray, size: Sequence[int] | None) -> np.ndarray:
    """Slices (S, H, W) with `size` rows and columns; unchanged when it is None or theirs already.

    >>> resized(np.array([[[0, 1], [2, 3]]], np.uint8), (4, 2))[0, :, 0].tolist()
    [0, 0, 2, 2]
    """
    if size is None or tuple(size) == slices.shape[1:]:
        return slices
    import cv2

    real = slices.dtype.kind == "f"
    smaller = size[0] * size[1] < slices.shape[1] * slices.shape[2]
    how = cv2.INTER_NEAREST_EXACT if not real else cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    work = slices.astype(np.float32) if real else slices.astype(np.uint8)
    return np.stack([cv2.resize(part, (size[1], size[0]), interpolation=how) for part in work]).astype(slices.dtype)

"""How raw values become what a network sees: each way scales a whole scan, before any crop."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from segrepro.utils.errors import DataError

Normalization = Literal["minmax", "max", "p99", "requantised"]


def scaled(array: np.ndarray, how: Normalization, path: Path) -> np.ndarray:
    """float16 values of a scan; an image of one value becomes 0 (`max`: 1, or 0 if it is 0).

    minmax: smallest value to 0, largest to 1. max: divided by the largest. p99: minmax after clipping at the 99th
    percentile, as the pseudo-DWI paper scales a DWI. requantised: 8 bit minus 127, as the WMH paper feeds its network.
    path: what an error names. Raises DataError for NaN or infinity.

    >>> scaled(np.array([0, 50, 100]), "minmax", Path("a.nii")).tolist()
    [0.0, 0.5, 1.0]
    """
    # Ends and values in float32; found before the copy, since integers of 8 and 16 bit are faster to look through.
    low, high = (float(np.float32(end)) for end in (array.min(), array.max()))
    if not np.isfinite([low, high]).all():
        raise DataError(path, "NaN or infinity", "finite values", "Export the image again.")
    return _WAYS[how](array.astype(np.float32), low, high).astype(np.float16)


# Each way may overwrite the array, which is a copy; low and high are its ends.
def _minmax(array: np.ndarray, low: float, high: float) -> np.ndarray:
    array -= low
    array /= (high - low) or 1
    return array


def _max(array: np.ndarray, low: float, high: float) -> np.ndarray:
    array /= high or 1
    return array


def _p99(array: np.ndarray, low: float, high: float) -> np.ndarray:
    top = float(np.percentile(array, 99))
    return _minmax(np.minimum(array, top, out=array), low, top)


def _requantised(array: np.ndarray, low: float, high: float) -> np.ndarray:

    return requantise8(array).astype(np.float32) - 127


_WAYS: dict[str, Callable] = {"minmax": _minmax, "max": _max, "p99": _p99, "requantised": _requantised}
HIGH_PERCENTILE = 99.9


def requantise8(volume: np.ndarray, where: object = "volume") -> np.ndarray:
    """A volume in 8 bit: its minimum becomes 0, its 99.9th percentile and all above 255, rounded between.

    volume: real numbers of any shape. where: what an error names.
    The WMH paper says "requantization of voxel values on 8bit" and no range; a percentile keeps a few bright
    vessels from darkening the rest. A volume of one value becomes 0. Raises DataError for NaN or infinity.

    >>> requantise8(np.array([-5.0, 0.0, 5.0])).tolist()
    [0, 128, 255]
    """
    low, high = float(volume.min()), float(volume.max())
    if not np.isfinite([low, high]).all():
        raise DataError(where, "NaN or infinity", "finite values", "Export the image again.")
    # In float64 no type's values run over, and the next number keeps the range of a flat volume above 0.
    high = max(float(np.percentile(volume, HIGH_PERCENTILE)), np.nextafter(low, np.inf))
    scaled = (np.clip(volume.astype(np.float64), low, high) - low) / (high - low)
    return np.rint(scaled * 255).astype(np.uint8)

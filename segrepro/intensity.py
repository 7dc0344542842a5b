"""Intensities of a scan on a scale of their own."""

import numpy as np

from segrepro.errors import DataError

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

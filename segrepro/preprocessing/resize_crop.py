"""Between a scan's own grid and the network's: slices, one spacing and size for all (resampled or resized, then
cropped), and back."""

from collections.abc import Sequence

import numpy as np

from segrepro.images.geometry import Plane, from_slices, to_slices
from segrepro.preprocessing.resampling import Resampling, to_scan_spacing, to_spacing
from segrepro.utils.errors import GridError
from segrepro.utils.validation import Strict

NEGATIVE_ZERO = 0x8000  # of float16


class Crop(Strict):
    """A window of every slice: the row and column it begins at, below 0 outside of the slice, and its size."""

    start: tuple[int, int]
    size: tuple[int, int]


class NetworkGrid(Strict):
    """The grid (S, H, W) on which a network sees a case, and how it lies in the scan's own.

    source_shape, affine: of the scan in its file's axis order; orientation: its axis codes, None for a picture.
    plane: of the slices. full_shape: (S, H, W) of the scan's slices. resampling: to another spacing; None keeps theirs.
    resize: rows and columns that they are resized to, None keeps theirs; a grid has one of both at most.
    crop: of the resized slices. shape: (S, H, W) of what the network sees. spacing_mm: its (S, H, W) in mm; of a
    picture in the picture's own pixels.
    """

    case: str
    source_shape: tuple[int, ...]
    affine: list[list[float]]
    orientation: str | None
    plane: Plane = "axial"
    full_shape: tuple[int, int, int]
    resampling: Resampling | None = None
    resize: tuple[int, int] | None
    crop: Crop
    spacing_mm: tuple[float, float, float]
    shape: tuple[int, int, int]

    @property
    def is_resampled(self) -> bool:
        """Whether a voxel of the network's grid is another than one of the scan."""
        return self.resize is not None or self.resampling is not None

    @property
    def frame(self) -> tuple[int, int, int]:
        """(S, H, W) of all that the crop is taken from."""
        slices = self.resampling.shape if self.resampling else self.full_shape
        return (slices[0], *(self.resize or slices[1:]))


def to_network_grid(array: np.ndarray, grid: NetworkGrid, outside: float | None = None) -> np.ndarray:
    """An array on the scan's grid as slices (S, H, W) for a network.

    outside: the value where the crop leaves the scan; None: the array's lowest.
    array: in the scan's file order, (x, y, z) or (row, column). When slices are resampled or resized, integers keep
    their values (nearest neighbour), real numbers are interpolated.
    """
    slices = to_slices(array, grid.orientation, grid.plane)
    slices = to_spacing(slices, grid.resampling) if grid.resampling else slices
    slices = resized(slices, grid.resize)
    inner, outer = windows(slices.shape[1:], grid.crop)
    value = lowest(slices) if outside is None else outside
    cropped = np.full((len(slices), *grid.crop.size), value, slices.dtype)
    cropped[(slice(None), *outer)] = slices[(slice(None), *inner)]
    return cropped


def lowest(array: np.ndarray) -> np.generic:
    """The lowest value of an array that holds no NaN; of float16, whose values numpy compares slowly, by its bits.

    >>> float(lowest(np.array([0.5, -2, -0.25], np.float16)))
    -2.0
    """
    if array.dtype != np.float16:
        return array.min()
    # The bits of numbers from 0 on are in the order of the numbers. Those below 0 come behind them, the lowest last.
    bits = array.view(np.uint16)
    last = bits.max()
    return (last if last > NEGATIVE_ZERO else array.min() if last == NEGATIVE_ZERO else bits.min()).view(np.float16)


def to_scan_grid(array: np.ndarray, grid: NetworkGrid) -> np.ndarray:
    """An array on the network's grid back on the grid of the scan; 0 outside the crop.

    array: (S, H, W), a mask or probabilities; its type is kept.
    Returns the scan's shape and axis order, (x, y, z) or (row, column): write it with `grid.affine`.
    Raises GridError when the array is not of the grid's shape.
    """
    if array.shape != grid.shape:
        raise GridError(grid.case, f"shape {array.shape}", f"shape {grid.shape}", "Pass a prediction for this case.")
    full = np.zeros(grid.frame, array.dtype)
    inner, outer = windows(full.shape[1:], grid.crop)
    full[(slice(None), *inner)] = array[(slice(None), *outer)]
    full = to_scan_spacing(full, grid.resampling) if grid.resampling else resized(full, grid.full_shape[1:])
    return from_slices(full, grid.orientation, grid.plane).reshape(grid.source_shape)


def windows(shape: Sequence[int], crop: Crop) -> tuple[list[slice], list[slice]]:
    """Where crop and slice overlap: as slices of the slice, and of the crop."""
    lows = [max(0, start) for start in crop.start]
    highs = [min(n, start + size) for n, start, size in zip(shape, crop.start, crop.size)]
    inner = [slice(low, high) for low, high in zip(lows, highs)]
    outer = [slice(low - s, high - s) for low, high, s in zip(lows, highs, crop.start)]
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

"""Slices resampled to a spacing in mm, and back to the spacing of their scan."""

from collections.abc import Sequence

import numpy as np

from segrepro.utils.validation import Strict


class Resampling(Strict):
    """Two grids of slices (S, H, W) with one centre: that of a scan, and one of another spacing.

    scan_shape, shape: numbers of voxels; scan_mm, mm: their spacing.
    """

    scan_shape: tuple[int, int, int]
    scan_mm: tuple[float, float, float]
    shape: tuple[int, int, int]
    mm: tuple[float, float, float]


def resampling_to(
    scan_shape: Sequence[int], scan_mm: Sequence[float], spacing_mm: Sequence[float | None]
) -> Resampling:
    """The grid of a spacing for slices (S, H, W) of a scan.

    spacing_mm: None keeps the scan's own along that axis. The new shape is nnU-Net's: the extent divided by the
    spacing, rounded, at least 1. As in TorchIO the spacing is exact and the centre stays, so that the ends of the two
    grids differ by up to a quarter of a voxel.

    >>> resampling_to((10, 60, 50), (3.0, 1.0, 1.0), (None, 2.0, 1.5)).shape
    (10, 30, 33)
    """
    mm = tuple(float(own if wanted is None else wanted) for own, wanted in zip(scan_mm, spacing_mm))
    shape = tuple(max(1, round(n * own / new)) for n, own, new in zip(scan_shape, scan_mm, mm))
    return Resampling(scan_shape=tuple(scan_shape), scan_mm=tuple(scan_mm), shape=shape, mm=mm)


def to_spacing(slices: np.ndarray, grids: Resampling) -> np.ndarray:
    """Slices (S, H, W) of a scan on the other grid; real numbers linearly, integers by the nearest voxel."""
    return _resampled(slices, grids.scan_mm, grids.mm, grids.shape)


def to_scan_spacing(slices: np.ndarray, grids: Resampling) -> np.ndarray:
    """The way back: slices (S, H, W) of the other grid on the scan's."""
    return _resampled(slices, grids.mm, grids.scan_mm, grids.scan_shape)


def _resampled(
    slices: np.ndarray, from_mm: Sequence[float], to_mm: Sequence[float], shape: Sequence[int]
) -> np.ndarray:
    if tuple(shape) == slices.shape and tuple(from_mm) == tuple(to_mm):
        return slices
    import SimpleITK

    real = slices.dtype.kind == "f"
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(slices, np.float32 if real else np.uint8))
    image.SetSpacing(from_mm[::-1])
    image.SetOrigin(_origin(slices.shape, from_mm))
    # What lies between the two grids' ends has the value of the nearest voxel.
    found = SimpleITK.Resample(
        image,
        size=[int(n) for n in shape[::-1]],
        interpolator=SimpleITK.sitkLinear if real else SimpleITK.sitkNearestNeighbor,
        outputOrigin=_origin(shape, to_mm),
        outputSpacing=to_mm[::-1],
        useNearestNeighborExtrapolator=True,
    )
    return SimpleITK.GetArrayFromImage(found).astype(slices.dtype)


def _origin(shape: Sequence[int], mm: Sequence[float]) -> list[float]:
    """Of the first voxel, when the grid's centre lies at 0; in ITK's order, (W, H, S)."""
    return [-(n - 1) / 2 * step for n, step in zip(shape, mm)][::-1]

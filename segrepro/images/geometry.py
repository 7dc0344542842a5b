"""The grid a scan lies on: its axes, whether two scans share it, and its slices in one standard order."""

from pathlib import Path

import numpy as np

from segrepro.images.image import Image
from segrepro.utils.errors import DataError, GridError


def require_same_grid(image: Image, reference: Image, path: Path, reference_path: Path) -> None:
    """Raise GridError unless shapes are equal and affines within 1e-3 (mm, or mm a voxel)."""
    remedy = f"Resample it to the grid of {reference_path.name}."
    if image.array.shape != reference.array.shape:
        raise GridError(path, f"shape {image.array.shape}", f"{reference.array.shape}", remedy)
    gap = np.abs(image.affine - reference.affine).max()
    if not gap <= 1e-3:
        raise GridError(path, f"an affine that differs by {gap:.3g}", "the image's, within 0.001", remedy)


def orientation_of(scan: Image, path: Path) -> str | None:
    """The axis codes of a volume, such as "LAS"; None for a picture. DataError when the affine has none."""
    import nibabel as nib

    if scan.array.ndim == 2:
        return None
    finite = np.isfinite(scan.affine).all()
    codes = nib.aff2axcodes(scan.affine) if finite else (None,)
    if None in codes or abs(np.linalg.det(scan.affine[:3, :3])) < 1e-9:
        raise DataError(path, "an affine without inverse", "three axes in space", "Export the image again.")
    return "".join(codes)


def to_slices(array: np.ndarray, orientation: str | None) -> np.ndarray:
    """A volume (x, y, z) of this orientation, or a picture (None), as slices (S, H, W) of RAS+."""
    import nibabel as nib

    if orientation is None:
        return array[None]
    axes = nib.orientations.axcodes2ornt(orientation)
    return nib.orientations.apply_orientation(array, axes).transpose(2, 1, 0)


def from_slices(array: np.ndarray, orientation: str | None) -> np.ndarray:
    """The inverse of `to_slices`.

    >>> volume = np.arange(24).reshape(2, 3, 4)
    >>> bool((from_slices(to_slices(volume, "PIR"), "PIR") == volume).all())
    True
    """
    import nibabel as nib

    if orientation is None:
        return array[0]
    canonical = nib.orientations.axcodes2ornt("RAS")
    back = nib.orientations.ornt_transform(canonical, nib.orientations.axcodes2ornt(orientation))
    return nib.orientations.apply_orientation(array.transpose(2, 1, 0), back)

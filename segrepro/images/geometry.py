"""The grid a scan lies on: its axes, whether two scans share it, and its slices in one standard order."""

from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np

from segrepro.images.image import Image
from segrepro.utils.errors import DataError, GridError
from segrepro.utils.say import say_once

Plane = Literal["axial", "coronal", "sagittal"]
# Which axis of a volume (x, y, z) in RAS+ counts the slices of a plane, which their rows and which their columns.
PLANE_AXES: dict[Plane, tuple[int, int, int]] = {"axial": (2, 1, 0), "coronal": (1, 2, 0), "sagittal": (0, 2, 1)}
# Of a voxel. Programs round affines differently; a mask so far off covers the same voxels.
OFF_GRID = 0.05
# Nothing to speak of.
ROUNDING_MM = 1e-3
# No scanner sees as far: a header with such numbers is damaged.
FARTHEST_MM = 1e7
# Clinical scans have voxels of some tenths to some ten mm; below and above the header counts in m or micrometres.
LEAST_MM, MOST_MM = 0.02, 50.0


def require_same_grid(image: Image, reference: Image, path: Path, reference_path: Path) -> None:
    """Raise GridError unless shapes are equal and no voxel lies off by more than 5 % of a voxel's shortest side.

    A difference that is not mere rounding is said on stderr, once.
    """
    remedy = f"Resample it to the grid of {reference_path.name}."
    if image.array.shape != reference.array.shape:
        raise GridError(path, f"shape {image.array.shape}", f"{reference.array.shape}", remedy)
    gap, side = _gap_mm(image, reference), min(reference.spacing_mm)
    if not gap <= max(OFF_GRID * side, ROUNDING_MM):
        expected = f"the image's, within {OFF_GRID:.0%} of a voxel of {side:.3g} mm"
        raise GridError(path, f"an affine that differs by {gap:.3g} mm", expected, remedy)
    if gap > ROUNDING_MM:
        line = f"{path} lies up to {gap:.3g} mm off {reference_path}, less than {OFF_GRID:.0%} of a voxel: one grid"
        say_once("off grid", f"{line}. Others like it are not named.")


def _gap_mm(image: Image, reference: Image) -> float:
    """How far the two grids are apart where they are the farthest, at one of their corners."""
    ends = [(0, n - 1) for n in (*reference.array.shape, 1, 1, 1)[:3]]
    corners = np.array([(*corner, 1) for corner in product(*ends)])
    return float(np.linalg.norm((corners @ (image.affine - reference.affine).T)[:, :3], axis=1).max())


def orientation_of(scan: Image, path: Path) -> str | None:
    """The axis codes of a volume, such as "LAS"; None for a picture. DataError when the affine has none."""
    import nibabel as nib

    if scan.array.ndim == 2:
        return None
    finite = np.abs(scan.affine).max() < FARTHEST_MM  # false for NaN
    codes = nib.aff2axcodes(scan.affine) if finite else (None,)
    if None in codes or abs(np.linalg.det(scan.affine[:3, :3])) < 1e-9:
        raise DataError(path, "an affine without inverse", "three axes in space", "Export the image again.")
    return "".join(codes)


def on_grid_of(image: Image, reference: Image, path: Path, reference_path: Path) -> Image:
    """A mask on the reference's grid. Where its axes run otherwise it is turned, nothing is resampled.

    Raises GridError for another grid, as `require_same_grid` does, DataError for an affine without inverse.

    >>> flipped = Image(np.arange(24).reshape(2, 3, 4)[::-1], np.array([[-1.0, 0, 0, 1], *np.eye(4)[1:]]))
    >>> turned = on_grid_of(flipped, Image(np.zeros((2, 3, 4)), np.eye(4)), Path("mask"), Path("scan"))
    >>> bool((turned.array == np.arange(24).reshape(2, 3, 4)).all()), bool((turned.affine == np.eye(4)).all())
    (True, True)
    """
    import nibabel as nib

    axes, wanted = orientation_of(image, path), orientation_of(reference, reference_path)
    if axes and wanted and axes != wanted:
        change = nib.orientations.ornt_transform(*map(nib.orientations.axcodes2ornt, (axes, wanted)))
        affine = image.affine @ nib.orientations.inv_ornt_aff(change, image.array.shape)
        image = Image(nib.orientations.apply_orientation(image.array, change), affine)
    require_same_grid(image, reference, path, reference_path)
    return image


def require_mm(image: Image, path: Path) -> None:
    """Raise DataError for a volume whose spacing looks like metres or micrometres; pictures have none."""
    if image.array.ndim == 2 or all(LEAST_MM <= side <= MOST_MM for side in image.spacing_mm):
        return
    shown = " x ".join(f"{side:g}" for side in image.spacing_mm)
    expected = f"{LEAST_MM:g} to {MOST_MM:g} mm along each axis"
    raise DataError(path, f"a spacing of {shown}", expected, "Write the header in mm.")


def to_slices(array: np.ndarray, orientation: str | None, plane: Plane = "axial") -> np.ndarray:
    """A volume (x, y, z) of this orientation, or a picture (None), as slices (S, H, W) of RAS+.

    Axial slices run from foot to head, their rows from back to front; coronal ones from back to front, sagittal ones
    from left to right, and the rows of both from foot to head.
    """
    import nibabel as nib

    if orientation is None:
        return array[None]
    axes = nib.orientations.axcodes2ornt(orientation)
    return nib.orientations.apply_orientation(array, axes).transpose(PLANE_AXES[plane])


def from_slices(array: np.ndarray, orientation: str | None, plane: Plane = "axial") -> np.ndarray:
    """The inverse of `to_slices`.

    >>> volume = np.arange(24).reshape(2, 3, 4)
    >>> bool((from_slices(to_slices(volume, "PIR", "sagittal"), "PIR", "sagittal") == volume).all())
    True
    """
    import nibabel as nib

    if orientation is None:
        return array[0]
    canonical = nib.orientations.axcodes2ornt("RAS")
    back = nib.orientations.ornt_transform(canonical, nib.orientations.axcodes2ornt(orientation))
    return nib.orientations.apply_orientation(array.transpose(np.argsort(PLANE_AXES[plane])), back)

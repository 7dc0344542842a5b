"""The grid a scan lies on: its axes, whether two scans share it, and its slices in one standard order."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segrepro.errors import DataError, GridError
from segrepro.images import Image, is_picture, read_image

COLOURED, SERIES = "rgb", "ctp"  # the roles of coloured pictures and of 4D series


def read_scan(path: Path) -> Image:
    """Read an image as one grey volume (x, y, z) or one grey picture (row, column).

    Trailing axes of length 1 are dropped, missing ones added. Raises DataError for a series or a coloured
    picture.
    """
    image, picture = read_image(path), is_picture(path)
    array = image.array
    if picture and array.ndim == 3 and (array == array[..., :1]).all():
        array = array[..., 0]
    if not picture:
        array = array.reshape(_three_axes(array.shape))
    if array.ndim != (2 if picture else 3):
        expected = "a grey picture" if picture else "one volume of 3 dimensions"
        raise DataError(path, f"shape {array.shape}", expected, "Convert it, or take one channel or time point.")
    return Image(array, image.affine)


def read_role(role: str, path: Path) -> Image:
    """The grey scan or picture whose grid stands for an image of this role.

    A picture of the role `rgb` as its first colour, a series of the role `ctp` (x, y, z, time) as its first volume; all
    others as `read_scan` does. Raises DataError when such a picture is grey, such a series a single volume, or NaN or
    infinity lies in any of its volumes.
    """
    if role not in (COLOURED, SERIES):
        return read_scan(path)
    image, dimensions = read_image(path), 3 if role == COLOURED else 4
    array = image.array if role == COLOURED else image.array.reshape(series_shape(image.array.shape))
    if array.ndim != dimensions:
        expected = "red, green and blue" if role == COLOURED else "a series (x, y, z, time)"
        raise DataError(path, f"shape {array.shape}", expected, "Export it again, or give it another role.")
    if role == SERIES and (wrong := int(np.count_nonzero(~np.isfinite(array)))):
        raise DataError(path, f"NaN or infinity in {wrong} voxels", "finite values", "Export the series again.")
    return Image(array[..., 0], image.affine)


def series_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(x, y, z, time) of a series; some of the challenges' files have an axis of length 1 before that of time.

    >>> series_shape((64, 64, 8, 1, 45)), series_shape((64, 64, 8, 45))
    ((64, 64, 8, 45), (64, 64, 8, 45))
    """
    return (*shape[:3], shape[4]) if len(shape) == 5 and shape[3] == 1 else shape


def _three_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    return (*shape, *[1] * (3 - len(shape)))


def read_label(
    paths: Sequence[Path],
    reference: Image,
    reference_path: Path,
    ranges: Sequence[tuple[int, int, int]] = (),
) -> np.ndarray:
    """Label files, or folders of PNG masks beside a folder of DICOM slices, as uint8 on the reference's grid.

    ranges: (low, high, label), the raw values from low to high that stand for a label; without any, all values
    above 0 are label 1. Where files overlap the larger label counts.
    Raises GridError when a file lies on another grid, DataError for a value above 0 outside all ranges.
    """
    union = np.zeros_like(reference.array, np.uint8)  # in the memory order of the files
    for path in paths:
        mask = read_mask(path, reference_path)
        require_same_grid(mask, reference, path, reference_path)
        np.maximum(union, labels_of(mask.array, ranges, path), out=union)
    return union


def read_mask(path: Path, reference_path: Path) -> Image:
    """The raw values of a label file, or of a folder of PNG masks for the DICOM slices in `reference_path`."""
    path = Path(path)
    if not (path.is_dir() and any(is_picture(p) for p in path.iterdir())):
        return read_scan(path)
    from segrepro.dicom import read_slice_masks

    return read_slice_masks(path, reference_path)


def labels_of(mask: np.ndarray, ranges: Sequence[tuple[int, int, int]], path: Path) -> np.ndarray:
    """The labels that raw values stand for, as `read_label` says; `path` is what an error names."""
    if not ranges:
        return mask > 0
    labels = np.zeros(mask.shape, np.uint8)
    for low, high, label in ranges:
        labels[(mask >= low) & (mask <= high)] = label
    strange = np.unique(mask[(labels == 0) & (mask != 0)])
    if len(strange):
        shown = ", ".join(f"{value:g}" for value in strange[:5]) + (", ..." if len(strange) > 5 else "")
        expected = "0 or " + ", ".join(f"{low}-{high}" for low, high, _ in ranges)
        raise DataError(path, f"the values {shown}", expected, "Fetch the masks of the current release.")
    return labels


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
    if not finite or abs(np.linalg.det(scan.affine[:3, :3])) < 1e-9:
        raise DataError(path, "an affine without inverse", "three axes in space", "Export the image again.")
    return "".join(nib.aff2axcodes(scan.affine))


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

"""A scan as one volume or picture, whatever kind of image it stands for."""

from pathlib import Path

import numpy as np

from segrepro.images.image import NIFTI, Image, is_picture
from segrepro.images.io import read_image
from segrepro.images.nifti import affine_of, read_header
from segrepro.utils.errors import DataError

COLOURED, SERIES = "rgb", "ctp"  # the modalities of coloured pictures and of 4D series


def read_scan(path: Path) -> Image:
    """Read an image as one grey volume (x, y, z) or one grey picture (row, column).

    Trailing axes of length 1 are dropped, missing ones added. Raises DataError for a series or a coloured
    picture.
    """
    return _as_scan(path, read_image(path))


def _as_scan(path: Path, image: Image) -> Image:
    array, picture = image.array, is_picture(path)
    if picture and array.ndim == 3 and (array == array[..., :1]).all():
        array = array[..., 0]
    if not picture:
        array = array.reshape(_three_axes(array.shape))
    if array.ndim != (2 if picture else 3):
        expected = "a grey picture" if picture else "one volume of 3 dimensions"
        raise DataError(path, f"shape {array.shape}", expected, "Convert it, or take one channel or time point.")
    return Image(array, image.affine)


def read_modality(modality: str, path: Path) -> Image:
    """The grey scan or picture whose grid stands for an image of this modality.

    A picture of the modality `rgb` as its first colour, a series of the modality `ctp` (x, y, z, time) as its first
    volume; all others as `read_scan` does. Raises DataError when such a picture is grey, such a series a single volume,
    or NaN or infinity lies in any of its volumes.
    """
    image = read_image(path)
    first = _first_of(modality, path, image)
    if modality == SERIES and (wrong := int(np.count_nonzero(~np.isfinite(image.array)))):
        raise DataError(path, f"NaN or infinity in {wrong} voxels", "finite values", "Export the series again.")
    return first


def read_grid(modality: str, path: Path) -> Image:
    """What `read_modality` reads, for its grid alone: of a NIfTI file only the header is read, and all voxels are 0.

    Raises DataError as `read_modality` does, but for what is wrong with voxels.
    """
    if not (path.is_file() and path.name.lower().endswith(NIFTI)):
        return read_modality(modality, path)
    header = read_header(path)
    # Zeros that nobody looks at take no memory.
    voxels = np.zeros(header.get_data_shape(), np.uint8, order="F")
    return _first_of(modality, path, Image(voxels, affine_of(path, header)))


def _first_of(modality: str, path: Path, image: Image) -> Image:
    """The grey scan or picture that stands for an image of this modality."""
    if modality not in (COLOURED, SERIES):
        return _as_scan(path, image)
    dimensions = 3 if modality == COLOURED else 4
    array = image.array if modality == COLOURED else image.array.reshape(series_shape(image.array.shape))
    if array.ndim != dimensions:
        expected = "red, green and blue" if modality == COLOURED else "a series (x, y, z, time)"
        raise DataError(path, f"shape {array.shape}", expected, "Export it again, or give it another modality.")
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

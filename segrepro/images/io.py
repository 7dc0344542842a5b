"""Reading and writing images: a file or a folder of DICOM slices for volumes, PNG and JPEG for pictures.

Arrays keep the order of the file: (x, y, z) for volumes, (row, column) for pictures. Spacing is in array order.
"""

from pathlib import Path

import numpy as np

from segrepro.images.dicom import read_series
from segrepro.images.image import ITK, MGH, NIFTI, PAIR, PICTURES, VOLUMES, Image, is_picture
from segrepro.images.itk import read_itk
from segrepro.images.mgh import read_mgh
from segrepro.images.nifti import Geometry, packed, read_nifti
from segrepro.images.pictures import read_picture
from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_file

PICTURE_TOP = 255


def read_image(path: str | Path) -> Image:
    """Read an image by its ending: NIfTI, a pair of .hdr and .img, MGH, NRRD, MetaImage or a picture; or a folder of
    DICOM slices. Nothing goes through float64.

    Integer files without scaling keep their type; scaled ones become float32 (`dicom.read_series` says when
    slices do). Raises DataError when the file is missing, truncated or not an image.
    """
    path = Path(path)
    if path.is_dir():
        return read_series(path)
    if not path.is_file():
        found = "no regular file" if path.exists() else "no such file"
        raise DataError(path, found, "an image", "Check the path.")
    for endings, read in _READERS.items():
        if path.name.lower().endswith(endings):
            return read(path)
    raise DataError(path, f"the ending {path.suffix!r}", f"one of {', '.join(VOLUMES + PICTURES)}", "Convert it.")


_READERS = {NIFTI + PAIR: read_nifti, MGH: read_mgh, ITK: read_itk, PICTURES: read_picture}


def write_image(path: str | Path, array: np.ndarray, affine: np.ndarray, geometry: Geometry | None = None) -> None:
    """Write a NIfTI file, or a PNG when the name ends so; complete or not at all.

    array: in file order. Booleans are written as uint8, float16 as float32: NIfTI knows neither.
    geometry: of the scan that the array belongs to, by `nifti.geometry_of`. The file then has all that the scan's
    header says of its place, and the affine is left aside; pictures have none.
    """
    path, array = Path(path), np.asarray(array)
    array = array.astype({"?": np.uint8, "e": np.float32}.get(array.dtype.char, array.dtype), copy=False)
    with whole_file(path) as partial:
        if is_picture(path):
            import cv2

            picture = cv2.cvtColor(array, cv2.COLOR_RGB2BGR) if array.ndim == 3 else array
            partial.write_bytes(cv2.imencode(path.suffix, picture)[1].tobytes())
        else:
            import nibabel as nib

            image = nib.Nifti1Image(array, None if geometry else affine)
            image.header.set_xyzt_units("mm")
            if geometry:
                geometry.put_into(image.header)
            content = image.to_bytes()
            partial.write_bytes(packed(content) if path.name.lower().endswith(".gz") else content)


def write_synthesised(path: Path, array: np.ndarray, affine: np.ndarray) -> None:
    """Write values from 0 on, in file order; a picture's are cut at 1 and rounded to 8 bits."""
    as_picture = (np.minimum(array, 1) * PICTURE_TOP).round().astype(np.uint8) if is_picture(path) else array
    write_image(path, as_picture, affine)


def read_synthesised(path: str | Path) -> np.ndarray:
    """The values, from 0 on, in file order. Raises DataError as `read_image` does."""
    array = read_image(path).array
    return array.astype(np.float32) / PICTURE_TOP if is_picture(path) else array

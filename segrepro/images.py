"""Reading and writing images: NIfTI or a folder of DICOM slices for volumes, PNG and JPEG for pictures.

Arrays keep the order of the file: (x, y, z) for volumes, (row, column) for pictures. Spacing is in array order.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from segrepro.errors import DataError
from segrepro.files import whole_file

PICTURE_ENDS = {".png": b"IEND", ".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9"}
PICTURES = tuple(PICTURE_ENDS)
NIFTI = (".nii.gz", ".nii")


@dataclass(frozen=True)
class Image:
    """An image in memory.

    array: values in file order, (x, y, z[, t]) or (row, column[, channel]).
    affine: 4 x 4, voxel index to mm in RAS+; for a picture the identity.
    """

    array: np.ndarray
    affine: np.ndarray

    @cached_property
    def spacing_mm(self) -> tuple[float, ...]:
        """Voxel size in mm along the (at most three) spatial axes, in array order."""
        columns = np.linalg.norm(self.affine[:3, :3], axis=0)
        return tuple(float(c) for c in columns[: min(self.array.ndim, 3)])


def is_picture(path: str | Path) -> bool:
    """Whether the name is that of a picture (PNG, JPEG), not of a volume.

    >>> is_picture("a.PNG"), is_picture("a.nii.gz")
    (True, False)
    """
    return Path(path).suffix.lower() in PICTURES


def read_image(path: str | Path) -> Image:
    """Read a NIfTI file, a picture or a folder of DICOM slices without going through float64.

    Integer files without scaling keep their type; scaled ones become float32 (`dicom.read_series` says when
    slices do). Raises DataError when the file is missing, truncated or not an image.
    """
    path = Path(path)
    if path.is_dir():
        from segrepro.dicom import read_series

        return read_series(path)
    if not path.is_file():
        raise DataError(path, "no such file", "an image", "Check the path.")
    if path.name.lower().endswith(NIFTI):
        return _read_nifti(path)
    if is_picture(path):
        return _read_picture(path)
    raise DataError(path, f"the ending {path.suffix!r}", f"one of {', '.join(NIFTI + PICTURES)}", "Convert it.")


def _read_nifti(path: Path) -> Image:
    import nibabel as nib
    from isal import isal_zlib

    remedy = "Download or copy the file again."
    try:
        raw = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            raw = _inflate(raw)
        if len(raw) < 348:
            raise DataError(path, f"{len(raw)} bytes", "a complete NIfTI image", remedy)
        header = _nifti_header(raw)
        return Image(_voxels(path, raw, header), header.get_best_affine())
    except (OSError, EOFError, isal_zlib.error) as error:
        raise DataError(path, f"a damaged file ({error})", "a complete NIfTI image", remedy) from error
    except (nib.filebasedimages.ImageFileError, nib.spatialimages.HeaderDataError, ValueError, OverflowError) as error:
        raise DataError(path, f"no NIfTI header ({error})", "a NIfTI image", remedy) from error


def _inflate(raw: bytes) -> bytes:
    """What a gzip file holds, at once into a buffer of the size that its last 4 bytes name.

    >>> import gzip
    >>> _inflate(gzip.compress(b"one ") + gzip.compress(b"two"))
    b'one two'
    """
    from isal import igzip, isal_zlib

    stream = isal_zlib.decompressobj(wbits=31)
    content = stream.decompress(raw, max_length=int.from_bytes(raw[-4:], "little") + 1)
    return content if stream.eof and not stream.unused_data else igzip.decompress(raw)


def _nifti_header(raw: bytes):
    import io

    import nibabel as nib

    kind = nib.Nifti2Header if raw[:4] in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c") else nib.Nifti1Header
    return kind.from_fileobj(io.BytesIO(raw))


def _voxels(path: Path, raw: bytes, header) -> np.ndarray:
    shape, dtype, offset = header.get_data_shape(), header.get_data_dtype(), int(header["vox_offset"])
    if min(shape, default=0) < 1 or dtype.kind not in "iuf":
        found = f"shape {shape} of type {dtype}"
        raise DataError(path, found, "voxels of integers or real numbers", "Convert it.")
    count = math.prod(shape)
    if len(raw) < offset + count * dtype.itemsize:
        found = f"{len(raw) - offset} bytes of voxels"
        raise DataError(path, found, f"{count * dtype.itemsize} for shape {shape}", "Download or copy the file again.")
    array = np.frombuffer(raw, dtype, count, offset).reshape(shape, order="F")
    slope, intercept = header.get_slope_inter()
    if (slope or 1) != 1 or (intercept or 0) != 0:
        array = array.astype(np.float32) * np.float32(slope or 1) + np.float32(intercept or 0)
    return array


def _read_picture(path: Path) -> Image:
    import cv2

    raw = np.fromfile(path, np.uint8)
    # OpenCV fills in what a truncated file lacks, so the end mark is looked for.
    whole = PICTURE_ENDS[path.suffix.lower()] in raw[-1024:].tobytes()
    try:
        array = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED) if whole else None
    except cv2.error:  # it refuses sizes that no picture has
        array = None
    if array is None:
        raise DataError(path, "a damaged file", "a PNG or JPEG picture", "Download or copy the file again.")
    if array.ndim == 3:
        array = cv2.cvtColor(array[..., :3], cv2.COLOR_BGR2RGB)
    return Image(array, np.eye(4))


def write_image(path: str | Path, array: np.ndarray, affine: np.ndarray) -> None:
    """Write a NIfTI file, or a PNG when the name ends so; complete or not at all.

    array: in file order. Booleans are written as uint8, float16 as float32: NIfTI knows neither.
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

            image = nib.Nifti1Image(array, affine)
            image.header.set_xyzt_units("mm")
            nib.save(image, partial)

"""Reading NIfTI files without going through float64."""

import math
from pathlib import Path

import numpy as np

from segrepro.images.image import Image
from segrepro.utils.errors import DataError


def read_nifti(path: Path) -> Image:
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

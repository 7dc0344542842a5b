"""Volumes of FreeSurfer: MGH files, and MGZ, the same packed."""

import math
from pathlib import Path

import numpy as np

from segrepro.images.image import Image
from segrepro.images.packed import AGAIN, read_unpacked
from segrepro.images.size_limit import require_size
from segrepro.utils.errors import DataError

VOXELS_AT = 284
GOOD_RAS = slice(28, 30)


def read_mgh(path: Path) -> Image:
    """Voxels (x, y, z, or with time) and affine. Raises DataError for a damaged or too large file, and a header that
    does not say where the voxels lie."""
    import nibabel as nib

    raw, stored = read_unpacked(path, VOXELS_AT)
    try:
        header = nib.freesurfer.mghformat.MGHHeader(raw.ljust(VOXELS_AT, b"\0"))
        shape, dtype, affine = tuple(map(int, header.get_data_shape())), header.get_data_dtype(), header.get_affine()
    except (nib.spatialimages.HeaderDataError, ValueError, KeyError, OverflowError) as error:
        raise DataError(path, f"no MGH header ({error})", "an MGH or MGZ image", AGAIN) from error
    if raw[GOOD_RAS] != b"\0\1":  # nibabel would make a place up
        raise DataError(path, "no place in space (goodRASFlag is not 1)", "axes and voxel sizes", "Write them into it.")
    if min(shape, default=0) < 1:
        raise DataError(path, f"shape {shape}", "a volume", AGAIN)
    size = math.prod(shape) * dtype.itemsize
    require_size(path, size, stored)
    raw, _ = read_unpacked(path, VOXELS_AT + size)
    if len(raw) < VOXELS_AT + size:
        found = f"{max(len(raw) - VOXELS_AT, 0)} bytes of voxels"
        raise DataError(path, found, f"{size} for shape {shape}", AGAIN)
    return Image(np.frombuffer(raw, dtype, math.prod(shape), VOXELS_AT).reshape(shape, order="F"), affine)

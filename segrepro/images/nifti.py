"""NIfTI files read without going through float64, and where a header says that the voxels lie."""

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.images.image import NIFTI, PAIR, Image
from segrepro.images.packed import AGAIN, read_unpacked
from segrepro.images.size_limit import require_size
from segrepro.utils.errors import DataError
from segrepro.utils.say import say_once

# Both versions of the format begin with fewer bytes than these.
HEADER_BYTES = 544
# Of ISA-L's levels, 0 to 3, the one that packs masks and probabilities smallest; higher ones only take longer.
PACKING_LEVEL = 1
# The words of a header that say where voxels lie; the first four of pixdim and the unit of space stand beside them.
WORDS = (
    *("qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"),
    *("srow_x", "srow_y", "srow_z"),
)
SPACE_UNITS = 0x07
NOT_MM = {1: "metres", 3: "micrometres"}
# What else a program writes there, nibabel takes for 0: voxels lie elsewhere then than the header says.
CODES = range(6)
# By how much of it a voxel's size may differ between sform and pixdim; headers round them.
OTHER_SIZE = 2e-3


@dataclass(frozen=True)
class Geometry:
    """Where a header says that its voxels lie, in its own words: qform, sform, their codes, pixdim and unit of space.

    Programs differ in which of them they follow (nibabel: the sform first, ITK often the qform), so that a mask lies on
    its scan in all of them only if it has all of them.
    """

    words: dict[str, object]
    pixdim: tuple[float, ...]
    unit: int

    def put_into(self, header) -> None:
        """Give another header the same words."""
        for word, value in self.words.items():
            header[word] = value
        header["pixdim"][:4] = self.pixdim
        header["xyzt_units"] = self.unit


def geometry_of(path: str | Path) -> Geometry | None:
    """The geometry of a NIfTI file; None for anything else. Raises DataError as `read_nifti` does for its header."""
    path, _ = files_of(Path(path))
    if not (path.is_file() and path.name.lower().endswith(NIFTI + PAIR)):
        return None
    raw, _ = read_unpacked(path, HEADER_BYTES)
    header = _parse(path, raw, check=False)
    words = {word: header[word].copy() for word in WORDS}
    return Geometry(words, tuple(header["pixdim"][:4].tolist()), int(header["xyzt_units"]) & SPACE_UNITS)


def read_nifti(path: Path) -> Image:
    """Voxels and affine of a file, packed or not, whatever its ending says; what follows the voxels is passed over.

    path: one file, or either of a pair of header and voxels (.hdr, .img). Raises DataError for a damaged header, a
    voxel size of 0, a file that ends too early and one too large.
    """
    header, array = read_stored(path)
    if scaling := scaling_of(header):
        array = array.astype(np.float32)
        with np.errstate(over="ignore"):  # infinity is refused where it matters
            array *= scaling[0]
            array += scaling[1]
    return Image(array, affine_of(path, header))


def read_stored(path: Path):
    """nibabel's header and the voxels (x, y, z[, t]) as they are stored, before any scaling; see `read_nifti`."""
    header = read_header(path)
    shape, dtype, offset = header.get_data_shape(), header.get_data_dtype(), int(header["vox_offset"])
    count, (_, voxels) = math.prod(shape), files_of(path)
    raw, _ = read_unpacked(voxels, offset + count * dtype.itemsize)
    if len(raw) < offset + count * dtype.itemsize:
        found = f"{max(len(raw) - offset, 0)} bytes of voxels"
        raise DataError(voxels, found, f"{count * dtype.itemsize} for shape {shape}", AGAIN)
    return header, np.frombuffer(raw, dtype, count, offset).reshape(shape, order="F")


def files_of(path: Path) -> tuple[Path, Path]:
    """The files that hold the header and the voxels: the same, or those of a pair."""
    if not path.name.lower().endswith(PAIR):
        return path, path
    header, voxels = ([p for p in path.parent.iterdir() if (p.stem, p.suffix.lower()) == (path.stem, e)] for e in PAIR)
    if not (header and voxels):
        missing = PAIR[1] if header else PAIR[0]
        raise DataError(path, f"no {path.stem}{missing} beside it", "header and voxels", "Copy both files.")
    return header[0], voxels[0]


def affine_of(path: Path, header) -> np.ndarray:
    """Voxel index (x, y, z) to mm in RAS+ of a header: its sform, else its qform, else its voxel sizes alone.

    ISLES 2018 has a coded sform that is the identity, and true sizes in pixdim only. So an identity that pixdim
    contradicts says nothing: then the qform counts, else the sizes. Any other sform counts. Either is said once.
    """
    affine = header.get_best_affine()
    if header["sform_code"] <= 0 or not np.isfinite(affine).all() or np.linalg.det(affine) == 0:
        return affine  # a singular one is refused where the grid is looked at
    sides, sizes = np.linalg.norm(affine[:3, :3], axis=0), np.abs(header["pixdim"][1:4].astype(float))
    told = (np.arange(3) < header["dim"][0]) & (sizes > 0) & np.isfinite(sizes)
    if not (told & (np.abs(sides - sizes) > OTHER_SIZE * sizes)).any():
        return affine
    taken = "sform"
    if np.array_equal(affine[:3, :3], np.eye(3)):
        taken = "qform" if header["qform_code"] > 0 else "pixdim"
        affine = header.get_qform() if taken == "qform" else affine @ np.diag([*np.where(told, sizes, 1), 1])
    shown = (" x ".join(f"{side:.4g}" for side in three) for three in (sides, sizes))
    line = "{}: the sform has voxels of {} mm, pixdim of {} mm: the {} counts".format(path, *shown, taken)
    say_once(("two spacings", taken), f"{line}. Others like it are not named.")
    return affine


def read_header(path: Path):
    """nibabel's header of a file or a pair, no larger than can be read; nothing is unpacked but its first bytes."""
    path, _ = files_of(path)
    raw, stored = read_unpacked(path, HEADER_BYTES)
    if len(raw) < 348:
        raise DataError(path, f"{len(raw)} bytes", "a complete NIfTI image", AGAIN)
    header, as_written = (_parse(path, raw, check) for check in (True, False))
    shape, dtype = header.get_data_shape(), header.get_data_dtype()
    if min(shape, default=0) < 1 or dtype.kind not in "iuf":
        raise DataError(path, f"shape {shape} of type {dtype}", "voxels of integers or real numbers", "Convert it.")
    _require_known_words(path, as_written)
    _require_voxel_size(path, shape, as_written)
    voxels = math.prod(shape) * max(dtype.itemsize, 4 if scaling_of(header) else 0)
    require_size(path, int(header["vox_offset"]) + voxels, stored)
    return header


def _parse(path: Path, raw: bytes, check: bool):
    import nibabel as nib

    kind = nib.Nifti2Header if raw[:4] in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c") else nib.Nifti1Header
    try:
        nib.imageglobals.logger.setLevel(logging.CRITICAL)  # what it mends is refused or harmless
        header = kind(raw[: kind.template_dtype.itemsize], check=check)
        if check:
            header.get_best_affine(), header.get_data_dtype(), header.get_slope_inter(), int(header["vox_offset"])
    except (nib.filebasedimages.ImageFileError, nib.spatialimages.HeaderDataError, ValueError, OverflowError) as error:
        raise DataError(path, f"no NIfTI header ({error})", "a NIfTI image", AGAIN) from error
    return header


def _require_known_words(path: Path, header) -> None:
    """Raise DataError for lengths that are not in mm, and for codes of qform or sform that NIfTI does not know."""
    if unit := NOT_MM.get(int(header["xyzt_units"]) & SPACE_UNITS):
        raise DataError(path, f"voxel sizes in {unit}", "mm", "Export it in mm.")
    for word in WORDS[:2]:
        if (code := int(header[word])) not in CODES:
            raise DataError(path, f"a {word} of {code}", "a number from 0 to 5", "Export the image again.")


def _require_voxel_size(path: Path, shape: tuple[int, ...], header) -> None:
    """nibabel takes a voxel size of 0 for 1 mm without a word. An sform does without voxel sizes."""
    sizes = header["pixdim"][1:4]
    if header["sform_code"] > 0:
        return
    for axis, (count, size) in enumerate(zip(shape, sizes)):
        if count > 1 and (size == 0 or not np.isfinite(size)):
            found = f"a voxel size of {size:g} along axis {axis + 1}"
            raise DataError(path, found, "a length above 0 in pixdim", "Write the distance into the header.")


def packed(content: bytes) -> bytes:
    """Bytes as a gzip file without name and date: equal content makes equal files.

    >>> import gzip
    >>> gzip.decompress(packed(b"voxels"))
    b'voxels'
    """
    from isal import isal_zlib

    stream = isal_zlib.compressobj(level=PACKING_LEVEL, wbits=31)
    return stream.compress(content) + stream.flush()


def scaling_of(header) -> tuple[np.float32, np.float32] | None:
    """Slope and intercept, if the header asks for any."""
    slope, intercept = header.get_slope_inter()
    slope, intercept = slope or 1, intercept or 0
    return None if (slope, intercept) == (1, 0) else (np.float32(slope), np.float32(intercept))

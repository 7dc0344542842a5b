"""NRRD and MetaImage volumes, read by SimpleITK once their headers were looked at."""

import math
import re
from pathlib import Path

import numpy as np

from segrepro.images.image import Image
from segrepro.images.packed import AGAIN
from segrepro.images.size_limit import require_size
from segrepro.utils.errors import DataError

HEADER_BYTES = 2**20
# ITK's reader of NRRD writes the longer lines of a field beyond the end of its memory. Comments and `key:=value`, which
# 3D Slicer makes long, are stored otherwise.
LONGEST_FIELD = 500
FREE_TEXT = re.compile("#|[^:]*:=")
SPACES = ("left-posterior-superior", "right-anterior-superior", "left-anterior-superior", "lps", "ras", "las")
PLACED_REMEDY = "Write the file again with a program that keeps the scan's place, such as 3D Slicer."
FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read_itk(path: Path) -> Image:
    """Voxels (x, y, z, or with time) and affine, in RAS as everywhere here.

    Raises DataError for a damaged or too large file, several numbers a voxel, a header that does not say where the
    voxels lie, and one that names voxels anywhere but in itself or in a file beside it.
    """
    import SimpleITK

    data = _require_placed(path)
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        reader.ReadImageInformation()
        if reader.GetNumberOfComponents() != 1:
            found = f"{reader.GetNumberOfComponents()} numbers a voxel"
            raise DataError(path, found, "one", "Convert it, or take one channel or time point.")
        shape = reader.GetSize()
        voxel = SimpleITK.GetArrayViewFromImage(SimpleITK.Image([1] * len(shape), reader.GetPixelID()))
        require_size(path, math.prod(shape) * voxel.itemsize, data.stat().st_size)
        image = reader.Execute()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise DataError(path, f"a file that ITK does not read ({reason})", "a complete image", AGAIN) from None
    return Image(SimpleITK.GetArrayFromImage(image).T, _affine(path, image))


def _require_placed(path: Path) -> Path:
    """The file that holds the voxels; DataError where the header does not say where they lie, or they are elsewhere."""
    nrrd = path.suffix.lower() in (".nrrd", ".nhdr")
    lines = _header(path)
    if nrrd:
        _require_short_fields(path, lines)
    fields = _fields(lines, ":" if nrrd else "=")
    if nrrd:
        placed = "space directions" in fields and fields.get("space", "").lower() in SPACES
        units = set(re.findall(r'"(.*?)"', fields.get("space units", ""))) - {"mm", ""}
        if units:
            raise DataError(path, f"voxel sizes in {', '.join(sorted(units))}", "mm", "Export it in mm.")
    else:
        placed = not {"elementspacing", "elementsize"}.isdisjoint(fields)
    if not placed:
        found = "a header that does not say how large its voxels are and how they lie in the patient"
        raise DataError(path, found, "space and space directions" if nrrd else "ElementSpacing", PLACED_REMEDY)
    name = fields.get("data file") or fields.get("datafile") or fields.get("elementdatafile", "LOCAL")
    data = path if name == "LOCAL" else path.parent / name
    if data.parent != path.parent or not data.is_file():
        found = f"voxels in {name!r}"
        raise DataError(path, found, "voxels in the file itself or in one beside it", "Copy both, or convert it.")
    return data


def _header(path: Path) -> list[str]:
    """The lines of a header: up to an empty one, or to that which says where voxels are. DataError without an end."""
    lines = []
    with path.open("rb") as file:
        while size := HEADER_BYTES - file.tell():
            line = file.readline(size).decode("latin-1")
            lines.append(line.strip("\r\n"))
            if not line.strip() or lines[-1].lower().startswith("elementdatafile"):
                return lines
    raise DataError(path, f"a header without end in its first {HEADER_BYTES:,} bytes", "a complete image", AGAIN)


def _require_short_fields(path: Path, lines: list[str]) -> None:
    for line in lines:
        if len(line) > LONGEST_FIELD and not FREE_TEXT.match(line):
            found = f"a line of {len(line):,} characters in its header"
            raise DataError(path, found, f"at most {LONGEST_FIELD} a field", AGAIN)


def _fields(lines: list[str], separator: str) -> dict[str, str]:
    """Keys, in small letters, and values of a header."""
    fields: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(separator)
        fields.setdefault(key.strip().lower(), value.strip())
    return fields


def _affine(path: Path, image) -> np.ndarray:
    """4 x 4, voxel index to mm in RAS; ITK has LPS."""
    axes, spacing = min(image.GetDimension(), 3), np.array(image.GetSpacing())
    if not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise DataError(path, f"voxel sizes of {spacing.tolist()} mm", "lengths above 0", PLACED_REMEDY)
    directions = np.array(image.GetDirection()).reshape(image.GetDimension(), -1) * spacing
    affine = np.eye(4)
    affine[:axes, :axes] = directions[:axes, :axes]
    affine[:axes, 3] = image.GetOrigin()[:axes]
    return FROM_LPS @ affine

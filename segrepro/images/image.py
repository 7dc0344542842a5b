"""An image in memory, and which names are those of images."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

PICTURES = (".png", ".jpg", ".jpeg")
NIFTI = (".nii.gz", ".nii")
PAIR = (".hdr", ".img")  # NIfTI in two files
MGH, ITK = (".mgz", ".mgh"), (".nrrd", ".nhdr", ".mha", ".mhd")
VOLUMES = (*NIFTI, *PAIR, *MGH, *ITK)
# Where one scan has two files, the one with the voxels goes with the one with the header.
HEADERS, VOXELS = (".hdr", ".mhd", ".nhdr"), (".img", ".raw", ".zraw", ".raw.gz")


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


def belongs_to_a_header(path: Path) -> bool:
    """Whether a file holds the voxels of a header beside it, by which the two are read as one image."""
    stems = [path.name[: -len(ending)] for ending in VOXELS if path.name.lower().endswith(ending)]
    headers = [*HEADERS, *map(str.upper, HEADERS)]
    return any(path.with_name(stem + header).is_file() for stem in stems for header in headers)

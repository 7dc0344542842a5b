"""What replicas show, and how it is written where a header has to be odd."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

# Of the spots in a body that reaches from -1 to 1 along each axis, in the order of their labels.
CENTRES = ((-0.4, -0.4, 0.0), (0.4, 0.4, 0.0), (-0.4, 0.4, 0.0), (0.4, -0.4, 0.0))
RADIUS = 0.3


def draw(rng: np.random.Generator, shape: Sequence[int], spots: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Brightness from 0 to 1, float32, of a round body with bright spots, and the spots' labels from 1 on, uint8.

    shape: of two or three axes. No label is empty.
    """
    axes = np.meshgrid(*[(2 * np.arange(n) + 1) / n - 1 for n in shape], indexing="ij", sparse=True)
    labels = np.zeros(shape, np.uint8)
    for label, centre in enumerate(CENTRES[:spots], 1):
        moved = np.array(centre[: len(shape)]) + rng.uniform(-0.1, 0.1, len(shape))
        distance = np.sqrt(sum((axis - place) ** 2 for axis, place in zip(axes, moved)))
        labels[distance <= max(RADIUS, distance.min())] = label
    body = sum(axis**2 for axis in axes[:2]) < 0.9
    bright = 0.4 * body + 0.3 * (labels > 0) + 0.1 * labels / spots + 0.15 * rng.random(shape)
    return bright.astype(np.float32), labels


def write_volume(path: Path, array: np.ndarray, affine: np.ndarray, slope: float | None = None) -> None:
    """Write NIfTI. slope: what the stored numbers are multiplied by to be what they stand for.

    A replica's folder appears as a whole, so that its files need not.
    """
    import nibabel as nib

    image = nib.Nifti1Image(array, affine)
    image.header.set_xyzt_units("mm")
    if slope is not None:
        image.header.set_slope_inter(slope, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)


def write_picture(path: Path, array: np.ndarray) -> None:
    """Write a picture of grey values or of blue, green and red, in the format of its ending."""
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, array)[1].tobytes())


def write_text(path: Path, text: str) -> None:
    """Write a text file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_empty_zip(path: Path) -> None:
    """What stands for an archive that was not unpacked, or for a table of Excel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PK\5\6" + bytes(18))

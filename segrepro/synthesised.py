"""Images that a network made, on disk: their values lie between 0 and 1, which a PNG holds as 0 to 255."""

from pathlib import Path

import numpy as np

from segrepro.images import is_picture, read_image, write_image

PICTURE_TOP = 255


def write_synthesised(path: Path, array: np.ndarray, affine: np.ndarray) -> None:
    """Write values of 0 to 1, in file order; a picture's are rounded to 8 bits."""
    write_image(path, (array * PICTURE_TOP).round().astype(np.uint8) if is_picture(path) else array, affine)


def read_synthesised(path: str | Path) -> np.ndarray:
    """The values, 0 to 1, in file order. Raises DataError as `read_image` does."""
    array = read_image(path).array
    return array.astype(np.float32) / PICTURE_TOP if is_picture(path) else array

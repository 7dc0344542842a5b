"""Reading PNG and JPEG pictures."""

from pathlib import Path

import numpy as np

from segrepro.images.image import PICTURE_ENDS, Image
from segrepro.utils.errors import DataError


def read_picture(path: Path) -> Image:
    """A picture as (row, column) or (row, column, RGB); DataError for a file that is damaged or cut."""
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

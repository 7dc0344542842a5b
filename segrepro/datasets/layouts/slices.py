"""A folder of images and a folder of masks with the same names: pictures, or volumes of any kind that is read.

    images/patient7.png
    masks/patient7.png

A mask's foreground is what is above 0. Each name is taken as one patient.
"""

import unicodedata
from collections import defaultdict
from pathlib import Path

from segrepro.datasets.case import Case, file_stem, safe_id
from segrepro.images.image import PICTURES, VOLUMES, belongs_to_a_header
from segrepro.utils.errors import DataError
from segrepro.utils.folders import listed, walk_files

EXAMPLE = "images/patient7.png and masks/patient7.png"
MODALITIES = ("image",)
LABEL_NAMES = ("background", "foreground")
BINARY_LABELS = True
# What would else be left out without a word.
OTHER_PICTURES = (".tif", ".tiff", ".bmp", ".gif", ".webp", ".jp2", ".dcm")


def find_cases(folder: Path) -> list[Case]:
    """One case an image, with the mask of the same name; a mask without image is a case too. Modality: "image".

    Raises DataError for pictures of a kind that is not read."""
    images, masks = _by_stem(folder / "images"), _by_stem(folder / "masks")
    return [
        Case(
            id=safe_id(stem),
            patient=safe_id(stem),
            site="",
            images={"image": path} if path else {},
            labels=tuple(masks.get(stem, ())),
        )
        for stem in sorted({*images, *masks})
        for path in images.get(stem, [None])
    ]


def _by_stem(folder: Path) -> dict[str, list[Path]]:
    found, unread = defaultdict(list), []
    for path in walk_files(folder):
        if belongs_to_a_header(path):
            continue
        if path.name.lower().endswith(PICTURES + VOLUMES):
            found[unicodedata.normalize("NFC", file_stem(path))].append(path)
        elif path.suffix.lower() in OTHER_PICTURES:
            unread.append(path.name)
    if unread:
        strange = f"pictures of a kind that is not read ({listed(unread)})"
        raise DataError(folder, strange, ", ".join(PICTURES + VOLUMES), "Convert them, or move them away.")
    return found

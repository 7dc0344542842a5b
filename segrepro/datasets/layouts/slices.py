"""A folder of images and a folder of masks with the same names: pictures, or volumes of any kind that is read.

    images/patient7.png
    masks/patient7.png

A mask's foreground is what is above 0. Each name is taken as one patient.
"""

from collections import defaultdict
from pathlib import Path

from segrepro.datasets.case import Case, file_stem, safe_id
from segrepro.images.image import PICTURES, VOLUMES
from segrepro.utils.folders import walk_files

EXAMPLE = "images/patient7.png and masks/patient7.png"
MODALITIES = ("image",)
LABEL_NAMES = ("background", "foreground")
BINARY_LABELS = True


def find_cases(folder: Path) -> list[Case]:
    """One case an image, with the mask of the same name; a mask without image is a case too. Modality:
    "image"."""
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
    found = defaultdict(list)
    for path in walk_files(folder):
        if path.name.lower().endswith(PICTURES + VOLUMES):
            found[file_stem(path)].append(path)
    return found

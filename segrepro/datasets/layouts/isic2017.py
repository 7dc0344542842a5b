"""ISIC 2017, part 1: dermoscopic pictures with the outline of the lesion, in the challenge's three parts.

    ISIC-2017_Training_Data/ISIC_0000000.jpg
    ISIC-2017_Training_Part1_GroundTruth/ISIC_0000000_segmentation.png

and the same with `Validation` and `Test_v2`. The superpixels beside the pictures are left out. Which pictures
show one patient is not published: each is taken as a patient of its own.
"""

import re
from collections import defaultdict
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.utils.folders import walk_files

EXAMPLE = "ISIC-2017_Training_Data/ISIC_0000000.jpg"
MODALITIES = ("rgb",)
LABEL_NAMES = ("background", "lesion")
BINARY_LABELS = True
# The challenge's word in the folders' names -> the part it stands for.
PARTS = {"Training": "train", "Validation": "validation", "Test_v2": "test"}
FOLDER = re.compile(rf"ISIC-2017_({'|'.join(PARTS)})_(Data|Part1_GroundTruth)")
PICTURE = re.compile(r"(ISIC_\d+)\.jpg", re.IGNORECASE)
MASK = re.compile(r"(ISIC_\d+)_segmentation\.png", re.IGNORECASE)


def find_cases(folder: Path) -> list[Case]:
    """One case a picture, with the mask of its number in the same part; a mask without picture is a case too.

    Modality: "rgb". Part: "train", "validation" or "test".
    """
    pictures, masks = defaultdict(list), defaultdict(list)
    for path in walk_files(folder):
        # A zip file may unpack into a folder of the same name once more: the innermost one counts.
        if not (place := FOLDER.fullmatch(path.parent.name)):
            continue
        pattern, found = (PICTURE, pictures) if place[2] == "Data" else (MASK, masks)
        if name := pattern.fullmatch(path.name):
            found[place[1], name[1]].append(path)
    return [
        _case(word, name, picture, tuple(masks[word, name]))
        for word, name in sorted({*pictures, *masks})
        for picture in pictures[word, name] or [None]
    ]


def _case(word: str, name: str, picture: Path | None, masks: tuple[Path, ...]) -> Case:
    images = {"rgb": picture} if picture else {}
    return Case(id=name, patient=name, site="", images=images, labels=masks, part=PARTS[word])

"""ATLAS, Anatomical Tracings of Lesions After Stroke: T1 volumes on the MNI grid with drawn lesions.

Release 1.1 (standard MNI) keeps a visit in one folder, with one or several lesion files whose union is the
label:

    Site1/031768/t01/031768_t1w_deface_stx.nii.gz
    Site1/031768/t01/031768_LesionSmooth_stx.nii.gz
    Site1/031768/t01/031768_LesionSmooth_1_stx.nii.gz

Release 2.0 follows BIDS; its test part has no masks:

    Training/R001/sub-r001s001/ses-1/anat/sub-r001s001_ses-1_space-MNI152NLin2009aSym_T1w.nii.gz
    (same folder)    sub-r001s001_ses-1_space-MNI152NLin2009aSym_label-L_desc-T1lesion_mask.nii.gz
"""

import re
from collections import defaultdict
from itertools import takewhile
from pathlib import Path

from segrepro.datasets.case import Case, safe_id
from segrepro.utils.folders import walk_files

EXAMPLE = "Site1/031768/t01/031768_t1w_deface_stx.nii.gz"
MODALITIES = ("t1",)
LABEL_NAMES = ("background", "lesion")
# Release 1.1 holds masks of 0 and 1, of 0 and 255, and a few of 0, 1, 254 and 255: all but 0 is lesion.
BINARY_LABELS = False
LABEL_VALUES = (1, 254, 255)
VISIT = re.compile(r"t\d+|ses-.+")
T1 = re.compile(r".*(_t1w(_deface)?_stx|_space-MNI152NLin2009[^_]*_T1w)\.nii(\.gz)?")
LESION = re.compile(r".*(_LesionSmooth(_\d+)?_stx|_space-MNI152NLin2009.*T1lesion_mask)\.nii(\.gz)?")


def find_cases(folder: Path) -> list[Case]:
    """One case a visit; visits of one subject share their patient. Modality: "t1"."""
    images, labels = defaultdict(list), defaultdict(list)
    for path in walk_files(folder):
        visit = _visit(path, folder)
        if visit and T1.fullmatch(path.name):
            images[visit].append(path)
        elif visit and LESION.fullmatch(path.name):
            labels[visit].append(path)
    return [
        _case(visit, path, tuple(labels[visit]))
        for visit in sorted({*images, *labels})
        for path in images[visit] or [None]
    ]


def _visit(path: Path, folder: Path) -> Path | None:
    """The folder t01 or ses-1, below `folder`, that the file lies in."""
    below = takewhile(lambda parent: parent != folder, path.parents)
    return next((parent for parent in below if VISIT.fullmatch(parent.name)), None)


def _case(visit: Path, image: Path | None, labels: tuple[Path, ...]) -> Case:
    subject, site = visit.parent.name, visit.parent.parent.name
    return Case(
        id=safe_id(f"{site}-{subject}-{visit.name}"),
        patient=safe_id(f"{site}-{subject}"),
        site=site,
        images={"t1": image} if image else {},
        labels=labels,
    )

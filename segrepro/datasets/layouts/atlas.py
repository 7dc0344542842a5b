"""ATLAS, Anatomical Tracings of Lesions After Stroke: T1 volumes on the MNI grid with drawn lesions.

Release 1.1 (standard MNI) keeps a visit in one folder, with one or several lesion files whose union is the
label:

    Site1/031768/t01/031768_t1w_deface_stx.nii.gz
    Site1/031768/t01/031768_LesionSmooth_stx.nii.gz
    Site1/031768/t01/031768_LesionSmooth_1_stx.nii.gz
    ATLAS_Meta-Data_Release_1.1_standard_mni.csv            a row a scan; the order of X-Net's folds

Release 1.2, the other first one, has the same scans and more under names of its own:

    c0003/c0003s0002t01/c0003s0002t01_t1w_stx.nii.gz
    c0003/c0003s0002t01/c0003s0002t01_LesionSmooth_stx.nii.gz

Release 2.0 follows BIDS; its `Testing` part has no masks and is left out:

    Training/R001/sub-r001s001/ses-1/anat/sub-r001s001_ses-1_space-MNI152NLin2009aSym_T1w.nii.gz
    (same folder)    sub-r001s001_ses-1_space-MNI152NLin2009aSym_label-L_desc-T1lesion_mask.nii.gz
"""

import re
from collections import defaultdict
from itertools import takewhile
from pathlib import Path

from segrepro.datasets.case import Case, safe_id
from segrepro.utils.csv_files import read_rows
from segrepro.utils.folders import walk_files

EXAMPLE = "Site1/031768/t01/031768_t1w_deface_stx.nii.gz"
MODALITIES = ("t1",)
LABEL_NAMES = ("background", "lesion")
# Release 1.1 holds masks of 0 and 1, of 0 and 255, and some with 2, 253 and 254 besides: all but 0 is lesion.
BINARY_LABELS = False
HIDDEN = "Testing"
VISIT = re.compile(r"t\d+|ses-.+")
SUBJECT_VISIT = re.compile(r"(c\d+s\d+)(t\d+)")
T1 = re.compile(r".*(_t1w(_deface)?_stx|_space-MNI152NLin2009[^_]*_T1w)\.nii(\.gz)?")
LESION = re.compile(r".*(_LesionSmooth(_\d+)?_stx|_space-MNI152NLin2009.*T1lesion_mask)\.nii(\.gz)?")
METADATA = re.compile(r"ATLAS_Meta-Data_Release_1\.1_standard_mni.*\.csv")
KEYS = ("INDI Site ID", "INDI Subject ID", "Session")


def find_cases(folder: Path) -> list[Case]:
    """One case a visit; visits of one subject share their patient. Modality: "t1"."""
    images, labels, listed = defaultdict(list), defaultdict(list), {}
    for path in walk_files(folder):
        visit = _visit(path, folder)
        if METADATA.fullmatch(path.name):
            listed = _listed(path)
        if visit and T1.fullmatch(path.name):
            images[visit].append(path)
        elif visit and LESION.fullmatch(path.name):
            labels[visit].append(path)
    return [
        _case(visit, path, tuple(labels[visit]), listed)
        for visit in sorted({*images, *labels})
        for path in images[visit] or [None]
    ]


def _visit(path: Path, folder: Path) -> Path | None:
    """The folder t01, ses-1 or c0003s0002t01, below `folder`, that the file lies in; None in the hidden part."""
    below = list(takewhile(lambda parent: parent != folder, path.parents))
    if any(parent.name == HIDDEN for parent in below):
        return None
    return next((p for p in below if VISIT.fullmatch(p.name) or SUBJECT_VISIT.fullmatch(p.name)), None)


def _listed(metadata: Path) -> dict[tuple[str, str, str], int]:
    """The place of each scan in the release's table, by site, subject and visit.

    Its numbers have lost their zeros, and a character stands before the visit.
    """
    header, *rows = read_rows(metadata) or [[]]
    if not set(KEYS) <= set(header):
        return {}
    keys = [[dict(zip(header, row)).get(key, "").strip() for key in KEYS] for row in rows]
    return {(site, subject.zfill(6), visit[-3:]): place for place, (site, subject, visit) in enumerate(keys)}


def _case(visit: Path, image: Path | None, labels: tuple[Path, ...], listed: dict[tuple[str, str, str], int]) -> Case:
    site, subject, number = _names(visit)
    return Case(
        id=safe_id(f"{site}-{subject}-{number}"),
        patient=safe_id(f"{site}-{subject}"),
        site=site,
        images={"t1": image} if image else {},
        labels=labels,
        listed=listed.get((site, subject, number)),
    )


def _names(visit: Path) -> tuple[str, str, str]:
    """Site, subject and visit. The folders' own names count even where the data set's folder is one of them."""
    parents = visit.absolute().parents
    if name := SUBJECT_VISIT.fullmatch(visit.name):
        return parents[0].name, name[1], name[2]
    return parents[1].name, parents[0].name, visit.name

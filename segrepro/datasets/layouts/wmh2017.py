"""The WMH segmentation challenge 2017: FLAIR with aligned T1, and drawn white matter hyperintensities.

    Utrecht/0/pre/FLAIR.nii.gz
    Utrecht/0/pre/T1.nii.gz
    Utrecht/0/wmh.nii.gz
    Amsterdam/GE3T/100/pre/FLAIR.nii.gz

The complete release has the same folders below `training/` and `test/`, and a fifth scanner whose folder,
`Philips_VU .PETMR_01.`, Windows cannot store: it may have lost its last dot, or be called `Philips_VU_PETMR_01`. Scans
before bias correction (`orig/`) and those of other resolution (`pre/3DT1.nii.gz`) are not read. What two more people
drew on the training scans is read as their annotations, not as the mask:

    additional_annotations/observer_o3/training/Utrecht/0/result.nii.gz
"""

import re
from collections import defaultdict
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from segrepro.datasets.case import Case, safe_id
from segrepro.utils.folders import walk_files

EXAMPLE = "Utrecht/0/pre/FLAIR.nii.gz"
LABEL_NAMES = ("background", "white matter hyperintensity", "other pathology, ignored")
# 1 is lesion; 2 marks other pathology, which the challenge leaves out of training and scores.
LABEL_RANGES = ((1, 1, 1), (2, 2, 2))
BINARY_LABELS = False
MODALITY_NAMES = {"FLAIR": "flair", "T1": "t1"}
MODALITIES = REQUIRED_MODALITIES = tuple(MODALITY_NAMES.values())
LABEL = "wmh"
PARTS = {"training": "train", "test": "test"}
ANNOTATIONS, ANNOTATION = "additional_annotations", "result"


def find_cases(folder: Path) -> list[Case]:
    """One case a patient, named after scanner and number. Modalities: "flair", "t1". `site` is the scanner."""
    images, labels, drawn = defaultdict(dict), defaultdict(tuple), defaultdict(dict)
    for path in walk_files(folder):
        stem = path.name.removesuffix(".gz").removesuffix(".nii")
        if stem == path.name:
            continue
        if path.parent.name == "pre" and stem in MODALITY_NAMES:
            images[path.parent.parent][MODALITY_NAMES[stem]] = path
        elif stem == LABEL:
            labels[path.parent] += (path,)
        elif stem == ANNOTATION and (annotator := _annotator(path)):
            drawn[_names(path.parent)][annotator] = path
    cases = [_case(patient, images[patient], labels[patient], folder) for patient in sorted({*images, *labels})]
    return [replace(case, annotations=drawn[_names(patient)]) for patient, case in cases]


def _case(patient: Path, images: dict[str, Path], labels: tuple[Path, ...], folder: Path) -> tuple[Path, Case]:
    scanner, number = _names(patient)
    name = safe_id(f"{scanner}-{number}")
    return patient, Case(
        id=name,
        patient=name,
        site=scanner,
        images=images,
        labels=labels,
        part=_part(patient, folder),
        label_ranges=LABEL_RANGES,
    )


def _names(patient: Path) -> tuple[str, str]:
    """Scanner and number. The folders' own names count even where the data set's folder is one of them."""
    number, scanner = patient.absolute().name, patient.absolute().parent.name
    return "_".join(re.findall("[^ .]+", scanner)), number


def _annotator(path: Path) -> str | None:
    """Who drew a mask among the additional annotations: the name of the folder within."""
    folders = path.absolute().parent.parts
    return folders[folders.index(ANNOTATIONS) + 1] if ANNOTATIONS in folders[:-3] else None


def _part(patient: Path, folder: Path) -> str | None:
    """The challenge's division, if the patient lies in a folder of that name below `folder`."""
    within = takewhile(lambda parent: parent != folder, patient.parents)
    return next((PARTS[parent.name] for parent in within if parent.name in PARTS), None)

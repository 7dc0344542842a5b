"""ISLES 2022: DWI and ADC of acute and subacute stroke with the infarct drawn.

    ISLES-2022/sub-strokecase0001/ses-0001/dwi/sub-strokecase0001_ses-0001_dwi.nii.gz    and ..._adc.nii.gz
    ISLES-2022/derivatives/sub-strokecase0001/ses-0001/sub-strokecase0001_ses-0001_msk.nii.gz

An older copy has the images in `rawdata/sub-strokecase0001/ses-0001/`. FLAIR lies on a grid of its own and is left out.
"""

import re
from collections import defaultdict
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.utils.folders import walk_files

EXAMPLE = "sub-strokecase0001/ses-0001/dwi/sub-strokecase0001_ses-0001_dwi.nii.gz"
MODALITIES = REQUIRED_MODALITIES = ("dwi", "adc")
LABEL_NAMES = ("background", "infarct")
BINARY_LABELS = True
LABEL = "msk"
FILE = re.compile(rf"(sub-strokecase\d+)_ses-\d+_({'|'.join((*MODALITIES, LABEL))})\.nii(\.gz)?")


def find_cases(folder: Path) -> list[Case]:
    """One case a patient. Modalities: "dwi", "adc"."""
    found = defaultdict(dict)
    for path in walk_files(folder):
        if name := FILE.fullmatch(path.name):
            found[name[1]][name[2]] = path
    return [_case(patient, files) for patient, files in sorted(found.items())]


def _case(patient: str, files: dict[str, Path]) -> Case:
    images = {modality: files[modality] for modality in MODALITIES if modality in files}
    return Case(id=patient, patient=patient, site="", images=images, labels=(files[LABEL],) if LABEL in files else ())

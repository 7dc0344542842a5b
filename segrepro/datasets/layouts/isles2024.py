"""ISLES'24: CT perfusion on admission, DWI and infarct at follow-up, all registered to the CT of admission.

    train/derivatives/sub-stroke0001/ses-01/sub-stroke0001_ses-01_space-ncct_ctp.nii.gz
    train/derivatives/sub-stroke0001/ses-01/perfusion-maps/sub-stroke0001_ses-01_space-ncct_tmax.nii.gz
    train/derivatives/sub-stroke0001/ses-02/sub-stroke0001_ses-02_space-ncct_dwi.nii.gz    and ..._lesion-msk.nii.gz
    train/raw_data/sub-stroke0001/ses-01/sub-stroke0001_ses-01_ncct.nii.gz

The DWI is days younger than the perfusion: what it shows has grown since. Patients without perfusion, about nine of
149, are left out. Older texts write `sub-strokecase0001` and `ses-0001`.
"""

import re
from collections import defaultdict
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.utils.folders import walk_files

EXAMPLE = "derivatives/sub-stroke0001/ses-02/sub-stroke0001_ses-02_space-ncct_dwi.nii.gz"
# The first is the one whose grid the others must have; `ctp` is a series, all others are volumes.
MODALITIES = ("cbf", "cbv", "mtt", "tmax", "dwi", "ct", "ctp")
REQUIRED_MODALITIES = ("cbf", "cbv", "mtt", "tmax", "dwi", "ctp")
PERFUSION = {"cbf", "cbv", "mtt", "tmax", "ctp"}
LABEL_NAMES = ("background", "infarct at follow-up")
BINARY_LABELS = True
LABEL = "lesion-msk"
PATIENT = r"(?P<patient>sub-stroke(?:case)?\d+)_ses-0*[12]"
REGISTERED = re.compile(rf"{PATIENT}_space-ncct_(?P<kind>cbf|cbv|mtt|tmax|ctp|dwi|{LABEL})\.nii(\.gz)?")
CT = re.compile(rf"{PATIENT}_ncct\.nii(\.gz)?")


def find_cases(folder: Path) -> list[Case]:
    """One case a patient with perfusion. Modalities: cbf, cbv, mtt, tmax, dwi, ct and ctp, the series."""
    found = defaultdict(dict)
    for path in walk_files(folder):
        if name := REGISTERED.fullmatch(path.name):
            found[name["patient"]][name["kind"]] = path
        elif name := CT.fullmatch(path.name):
            found[name["patient"]]["ct"] = path
    return [_case(patient, files) for patient, files in sorted(found.items()) if PERFUSION & files.keys()]


def _case(patient: str, files: dict[str, Path]) -> Case:
    images = {modality: files[modality] for modality in MODALITIES if modality in files}
    return Case(id=patient, patient=patient, site="", images=images, labels=(files[LABEL],) if LABEL in files else ())

"""CHAOS, abdominal T1-DUAL, in phase and out of phase, with four organs drawn once for both."""

from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.layouts._chaos import IMAGES, MR_LABEL_NAMES, mr_cases

EXAMPLE = "Train_Sets/MR/1/T1DUAL/DICOM_anon/InPhase/IMG-0004-00002.dcm"
MODALITIES = ("t1_in", "t1_out")
LABEL_NAMES = MR_LABEL_NAMES
BINARY_LABELS = False
REQUIRED_MODALITIES = ("t1_in", "t1_out")


def find_cases(folder: Path) -> list[Case]:
    """One case a patient, such as `1-t1dual`. Modalities: "t1_in", whose names the masks have, and "t1_out"."""
    return mr_cases(folder, "T1DUAL", {"t1_in": f"{IMAGES}/InPhase", "t1_out": f"{IMAGES}/OutPhase"})

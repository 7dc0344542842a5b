"""CHAOS, abdominal CT of liver donors with the liver drawn; `segrepro.datasets.layouts._chaos` shows the folders."""

from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.layouts._chaos import ct_cases

EXAMPLE = "Train_Sets/CT/1/DICOM_anon/i0000,0000b.dcm"
MODALITIES = ("ct",)
LABEL_NAMES = ("background", "liver")
BINARY_LABELS = True


def find_cases(folder: Path) -> list[Case]:
    """One case a patient. Modality: "ct", in Hounsfield units."""
    return ct_cases(folder)

"""CHAOS, abdominal T2-SPIR with four organs drawn; `segrepro.datasets.layouts._chaos` shows the folders.

The scSE report does not say which of the challenge's MR sequences it took. Its network has one input channel
and its 623 slices are too few for two sequences of 20 patients, so it took one; T2-SPIR, it seems.
"""

from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.layouts._chaos import IMAGES, MR_LABEL_NAMES, mr_cases

EXAMPLE = "Train_Sets/MR/1/T2SPIR/DICOM_anon/IMG-0002-00001.dcm"
MODALITIES = ("t2",)
LABEL_NAMES = MR_LABEL_NAMES
BINARY_LABELS = False


def find_cases(folder: Path) -> list[Case]:
    """One case a patient, such as `1-t2spir`. Modality: "t2"."""
    return mr_cases(folder, "T2SPIR", {"t2": IMAGES})

"""WMH 2017 as DataverseNL has it: 1,791 files of 60 training and 110 test patients, and what two more people drew.

Made up: which of a scanner's numbers are training and which test, and the affines.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from segrepro.datasets.replicas._drawing import write_volume
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.datasets.replicas._wmh import write_patient
from segrepro.utils.parallel import for_each

OBSERVERS = ("observer_o3", "observer_o4")
# Folder, first number, and how many there are in training and in test.
SITES = (
    ("Utrecht", 0, 20, 30),
    ("Singapore", 50, 20, 30),
    ("Amsterdam/GE3T", 100, 20, 30),
    ("Amsterdam/GE1T5", 150, 0, 10),
    ("Amsterdam/Philips_VU .PETMR_01.", 160, 0, 10),
)


class Patient(NamedTuple):
    """part: `training` or `test`. place: the folders of his scanner."""

    part: str
    place: str
    number: int


def patients() -> list[Patient]:
    """All 170, training first."""
    training = [Patient("training", place, first + n) for place, first, count, _ in SITES for n in range(count)]
    test = [Patient("test", place, first + ours + n) for place, first, ours, count in SITES for n in range(count)]
    return training + test


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write training/, test/, additional_annotations/ and readme.pdf."""
    chosen = [one for part in ("training", "test") for one in settings.some([p for p in patients() if p.part == part])]
    (folder / "readme.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    for_each(partial(_write, folder=folder, settings=settings), chosen, workers, "replica of WMH 2017")


def _write(patient: Patient, folder: Path, settings: ReplicaSettings) -> None:
    below = Path(patient.part, patient.place, str(patient.number))
    scanner = patient.place.rpartition("/")[2]
    lesion = write_patient(folder / below, scanner, patient.number, settings, patient.place.startswith("Amsterdam"))
    if patient.part == "training":
        for observer, shift in zip(OBSERVERS, (1, -1)):
            _write_observer(folder / "additional_annotations" / observer / below, folder / below, lesion, shift)


def _write_observer(folder: Path, scan: Path, lesion: np.ndarray, shift: int) -> None:
    import nibabel as nib

    drawn = lesion & (np.roll(lesion, shift, 0) | np.roll(lesion, shift, 1))
    mask = (drawn if drawn.any() else lesion).astype(np.uint8)
    write_volume(folder / "result.nii.gz", mask, nib.load(scan / "wmh.nii.gz").affine)

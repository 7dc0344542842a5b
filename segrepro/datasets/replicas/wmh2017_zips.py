"""WMH 2017 as the challenge's own zips had it: 60 patients below Utrecht/, Singapore/ and GE3T/."""

from functools import partial
from pathlib import Path

from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.datasets.replicas._wmh import write_patient
from segrepro.datasets.replicas.wmh2017 import Patient, patients
from segrepro.utils.parallel import for_each


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write the three folders."""
    chosen = settings.some([patient for patient in patients() if patient.part == "training"])
    for_each(partial(_write, folder=folder, settings=settings), chosen, workers, "replica of the zips of WMH 2017")


def _write(patient: Patient, folder: Path, settings: ReplicaSettings) -> None:
    scanner = patient.place.rpartition("/")[2]
    write_patient(folder / scanner / str(patient.number), scanner, patient.number, settings, scanner == "GE3T")

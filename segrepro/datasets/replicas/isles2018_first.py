"""ISLES 2018, the first upload: names MR_..., eight objects a case with the DWI, a CSV that names the patients.

Made up: the CSV, which nobody has seen on disk; that the object which cases 2, 5 and 6 lack is the CT; the types, taken
from the re-upload; TESTING, taken from there too.
"""

from functools import partial
from pathlib import Path

from segrepro.datasets.replicas._drawing import write_text
from segrepro.datasets.replicas._isles2018 import TEST_CASES, training_names, write_case, write_testing
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

KINDS = ("MR_4DPWI", "CT", "MR_CBF", "MR_CBV", "MR_DWI", "MR_MTT", "OT", "MR_Tmax")
FIRST_ID = 339202
ONE_LESS = (2, 5, 6)
SAID = "replica of ISLES 2018, first upload"


def smir_ids(case: int) -> dict[str, int]:
    """The id of each object of a training case.

    >>> smir_ids(1)["MR_MTT"], smir_ids(94)["MR_Tmax"]
    (339207, 339950)
    """
    kinds = [kind for kind in KINDS if not (case in ONE_LESS and kind == "CT")]
    first = FIRST_ID + 8 * (case - 1) - sum(one < case for one in ONE_LESS)
    return {kind: first + place for place, kind in enumerate(kinds)}


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write TRAINING with 94 cases, TESTING with 62 and `ISLES2018_Training.csv`."""
    names = dict(settings.some(list(training_names().items())))
    rows = [f"{case},{name}" for case, name in names.items()]
    write_text(folder / "ISLES2018_Training.csv", "\n".join(["Case number,Training name", *rows]) + "\n")
    for_each(partial(_write, folder=folder, settings=settings), list(names), workers, SAID)
    tests = settings.some(range(1, TEST_CASES + 1))
    for_each(partial(write_testing, folder, settings=settings), tests, workers, SAID)


def _write(case: int, folder: Path, settings: ReplicaSettings) -> None:
    write_case(folder / "TRAINING", case, smir_ids(case), settings)

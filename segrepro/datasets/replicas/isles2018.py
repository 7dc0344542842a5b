"""ISLES 2018, the re-upload of July 2018: names CT_..., seven objects a case, no DWI, SMIR's JSONs with the patients.

Made up: whether the JSONs, which one repository has, lie in every copy; the slices of TESTING; the type of OT.
"""

from functools import partial
from pathlib import Path

from segrepro.datasets.replicas._isles2018 import TEST_CASES, training_names, write_case, write_testing
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

KINDS = ("CT_4DPWI", "CT", "CT_CBF", "CT_CBV", "CT_MTT", "OT", "CT_Tmax")
# Two cases keep the ids of the first upload; their CBV alone is new.
KEPT = {18: (339335, 345680), 19: (339343, 345681)}
SAID = "replica of ISLES 2018"


def smir_ids(case: int) -> dict[str, int]:
    """The id of each object of a training case.

    >>> smir_ids(1)["CT_MTT"], smir_ids(94)["CT_MTT"], smir_ids(18)["OT"]
    (345565, 346204, 339341)
    """
    if case in KEPT:
        first, cbv = KEPT[case]
        places = dict(zip(KINDS, (0, 1, 2, 3, 5, 6, 7)))  # the place between was the DWI's
        return {kind: first + place for kind, place in places.items()} | {"CT_CBV": cbv}
    first = 345561 + 7 * (case - 1) if case < 18 else 345682 + 7 * (case - 20)
    return {kind: first + place for place, kind in enumerate(KINDS)}


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write TRAINING with 94 cases and TESTING with 62."""
    names = settings.some(list(training_names().items()))
    for_each(partial(_write, folder=folder, settings=settings), names, workers, SAID)
    tests = settings.some(range(1, TEST_CASES + 1))
    for_each(partial(write_testing, folder, settings=settings), tests, workers, SAID)


def _write(entry: tuple[int, str], folder: Path, settings: ReplicaSettings) -> None:
    case, name = entry
    write_case(folder / "TRAINING", case, smir_ids(case), settings, f"ISLES 2018 - TRAIN - {name}")

"""Prepared cases on disk: written in batches, read as memory maps."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from segrepro.datasets.base import Case
from segrepro.errors import DataError
from segrepro.files import whole_file, whole_folder
from segrepro.prepare import Preparation, prepare_case

RECORDS = "cases.json"


def batches(cases: Sequence, size: int) -> list[list]:
    """Split into batches of at most `size`, in order.

    >>> batches("abcde", 2)
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    return [list(cases[i : i + size]) for i in range(0, len(cases), size)]


def write_batch(cases: Sequence[Case], preparation: Preparation, folder: str | Path, workers: int = 1) -> list[dict]:
    """Prepare cases into a folder that is complete or not there at all; what stood there before is replaced.

    Writes `<case>.<role>.npy`, `<case>.label.npy` and `cases.json`, the list of records. Each record has in
    `sha256` the digest of the bytes of each array, by role. Returns the records, in the order of the cases.
    """
    from segrepro.parallel import for_each

    with whole_folder(folder) as partial_folder:
        work = partial(_write_case, preparation=preparation, folder=partial_folder)
        records = for_each(work, cases, workers, "prepared cases")
        with whole_file(partial_folder / RECORDS) as path:
            path.write_text(json.dumps(records, indent=1) + "\n")
    return records


def _write_case(case: Case, preparation: Preparation, folder: Path) -> dict:
    prepared = prepare_case(case, preparation)
    digests = {}
    for role, array in prepared.arrays.items():
        array = np.ascontiguousarray(array)
        np.save(folder / f"{case.id}.{role}.npy", array)
        digests[role] = hashlib.sha256(array).hexdigest()
    return prepared.record | {"sha256": digests}


class PreparedCases:
    """The prepared cases of one or several folders of `write_batch`, their arrays as read-only memory maps.

    Raises DataError when a folder is not complete or a case stands in two.
    """

    def __init__(self, folders: Sequence[str | Path]):
        self.folders = [Path(folder) for folder in folders]
        self._folder_of: dict[str, Path] = {}
        self._record_of: dict[str, dict] = {}
        for folder in self.folders:
            for record in _read_records(folder):
                if (case := record["case"]) in self._record_of:
                    raise DataError(folder, f"case {case} a second time", "each case once", "Prepare the data anew.")
                self._record_of[case], self._folder_of[case] = record, folder

    def __len__(self) -> int:
        return len(self._record_of)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    @cached_property
    def ids(self) -> list[str]:
        """The case ids, sorted."""
        return sorted(self._record_of)

    @property
    def records(self) -> list[dict]:
        """The records, sorted by case id."""
        return [self._record_of[case] for case in self.ids]

    def record(self, case: str) -> dict:
        """The record of a case; DataError when there is no such case."""
        if case not in self._record_of:
            raise DataError(case, "no prepared case", f"one of {len(self)} cases", "Prepare this case.")
        return self._record_of[case]

    def array(self, case: str, role: str) -> np.ndarray:
        """The array (S, H, W) of a role or of "label"; DataError when the case does not have it."""
        roles = self.record(case)["sha256"]
        if role not in roles:
            raise DataError(case, f"arrays {', '.join(roles)}", role, "Choose one of these inputs.")
        return np.load(self._folder_of[case] / f"{case}.{role}.npy", mmap_mode="r")


def _read_records(folder: Path) -> list[dict]:
    path = folder / RECORDS
    if not path.is_file():
        raise DataError(folder, f"no {RECORDS}", "a folder of prepared cases", "Run the rule prepare_cases.")
    return json.loads(path.read_text())

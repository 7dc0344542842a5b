"""Prepared cases on disk: written in batches, read as memory maps."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from segrepro.datasets.base import Case
from segrepro.errors import DataError
from segrepro.files import whole_file, whole_folder, writing
from segrepro.placing import place
from segrepro.prepare import Preparation, prepare_case

RECORDS = "cases.json"
DAMAGED = "damaged"  # the mark of a folder with a damaged file
IGNORED = 255  # the label, as it is trained on, of what is neither learned nor scored


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
    return prepared.record | {"sha256": _save(case.id, prepared.arrays, folder)}


def _save(case: str, arrays: dict[str, np.ndarray], folder: Path) -> dict[str, str]:
    """Write one file a role; their digests."""
    digests = {}
    for role, array in arrays.items():
        array = np.ascontiguousarray(array)
        np.save(folder / f"{case}.{role}.npy", array)
        digests[role] = hashlib.sha256(array).hexdigest()
    return digests


def write_features(
    cases: Sequence[Case], records: Sequence[dict], feature: dict, folder: str | Path, workers: int = 1
) -> list[dict]:
    """Compute a feature of prepared cases into a folder that is complete or not there at all.

    records: of the same cases as prepared, whose grid the arrays are put on. feature: name `feature`, `kind` and
    `settings`. Writes `<case>.<role>.npy` (float16) and `cases.json`; a record names the feature's `facts` of the case.
    """
    from segrepro.parallel import for_each

    by_case = {record["case"]: record for record in records}
    pairs = [(case, by_case[case.id]) for case in cases]
    with whole_folder(folder) as partial_folder:
        work = partial(_write_feature, feature=feature, folder=partial_folder)
        found = for_each(work, pairs, workers, f"cases with {feature['feature']}")
        with whole_file(partial_folder / RECORDS) as path:
            path.write_text(json.dumps(found, indent=1) + "\n")
    return found


def _write_feature(pair: tuple[Case, dict], feature: dict, folder: Path) -> dict:
    case, record = pair
    placed, facts = feature_arrays(case, record, feature)
    return {"case": case.id, "feature": feature["feature"], "facts": facts, "sha256": _save(case.id, placed, folder)}


def feature_arrays(case: Case, record: dict, feature: dict) -> tuple[dict[str, np.ndarray], dict]:
    """A feature of a case by role, float16 (S, H, W) on the grid of its record, and the feature's facts."""
    from segrepro.features import compute_features

    arrays, facts = compute_features(feature["kind"], case, feature["settings"])
    name, single = feature["feature"], len(arrays) == 1
    placed = {name if single else f"{name}_{role}": place(a.astype(np.float16), record) for role, a in arrays.items()}
    return placed, facts


class PreparedCases:
    """The prepared cases of one or several folders of `write_batch`, their arrays as read-only memory maps.

    Folders of `write_features` add roles to the cases. Raises DataError when a folder is not complete, a case stands
    in two, a feature belongs to no case, or `cases.json` was damaged; its folder is then marked for `drop_damaged`.
    """

    def __init__(self, folders: Sequence[str | Path]):
        self.folders = [Path(folder) for folder in folders]
        self._files: dict[str, dict[str, Path]] = {}
        self._record_of: dict[str, dict] = {}
        self._sums: dict[Path, str] = {}
        self._sound: set[Path] = set()
        found = [(folder, record) for folder in self.folders for record in _read_records(folder)]
        for folder, record in found:
            if "feature" not in record:
                self._add_case(folder, record)
        for folder, record in found:
            if "feature" in record:
                self._add_feature(folder, record)

    def _add_case(self, folder: Path, record: dict) -> None:
        if (case := record["case"]) in self._record_of:
            raise DataError(folder, f"case {case} a second time", "each case once", "Prepare the data anew.")
        self._record_of[case] = record | {"facts": {}}
        self._files[case] = {}
        self._add_files(folder, record)

    def _add_feature(self, folder: Path, record: dict) -> None:
        if (case := record["case"]) not in self._record_of:
            raise DataError(
                folder, f"a feature of {case}, which is not prepared", "prepared cases", "Prepare them anew."
            )
        self._record_of[case]["facts"][record["feature"]] = record["facts"]
        self._add_files(folder, record)

    def _add_files(self, folder: Path, record: dict) -> None:
        case = record["case"]
        files = {role: folder / f"{case}.{role}.npy" for role in record["sha256"]}
        self._files[case] |= files
        self._sums |= {files[role]: digest for role, digest in record["sha256"].items()}

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
        """The array (S, H, W) of a role or of "label".

        Raises DataError when the case does not have it or, the first time it is asked for, when its file was damaged;
        its folder is then marked for `drop_damaged`.
        """
        self.record(case)
        if role not in self._files[case]:
            found = f"arrays {', '.join(self._files[case])}"
            raise DataError(case, found, role, "Choose one of these inputs.")
        path = self._files[case][role]
        if path not in self._sound:
            _require_sound(path, self._sums[path])
            self._sound.add(path)
        return np.load(path, mmap_mode="r")


def _require_sound(path: Path, digest: str) -> None:
    try:
        if hashlib.sha256(np.load(path, mmap_mode="r")).hexdigest() == digest:
            return
        found = "a damaged array"
    except (OSError, ValueError, EOFError):
        found = "no whole array"
    raise _damaged(path, found)


def _damaged(path: Path, found: str) -> DataError:
    """The error for a file that is not as it was prepared; its folder is marked for `drop_damaged`."""
    mark = path.with_name(DAMAGED)
    with writing(mark):
        mark.touch()
    remedy = "Repeat the command: the cases of this folder are prepared anew."
    return DataError(path, found, "the prepared one", remedy)


def drop_damaged(work: str | Path) -> None:
    """Remove the records of every folder in which a job found a damaged file: the workflow then makes it anew.

    Not for the job itself: Snakemake gives up a run whose files go while jobs wait for them.
    """
    for mark in [mark for kind in ("prepared", "features") for mark in Path(work, kind).glob(f"*/*/{DAMAGED}")]:
        with writing(mark):
            mark.with_name(RECORDS).unlink(missing_ok=True)
            mark.unlink()


def _read_records(folder: Path) -> list[dict]:
    path = folder / RECORDS
    if not path.is_file():
        raise DataError(folder, f"no {RECORDS}", "a folder of prepared cases", "Run the rule prepare_cases.")
    try:
        records = json.loads(path.read_bytes())
        if all(record["case"] and record["sha256"].keys() for record in records):
            return records
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise _damaged(path, "no whole list of cases")

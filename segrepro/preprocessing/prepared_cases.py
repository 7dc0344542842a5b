"""Prepared cases on disk: written in batches, read as memory maps."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np

from segrepro.preprocessing.preparation import PreparedCase
from segrepro.utils.errors import DataError
from segrepro.utils.files import touched_at, writing
from segrepro.utils.validation import Strict

RECORDS = "cases.json"
DAMAGED = "damaged"  # the mark of a folder with a damaged file
LOOKED_AT = ".looked_at"  # when touched arrays of a folder were last compared with their digests
PREPARED = "the prepared one"
ANEW = "The cases of this folder are prepared anew."


class Feature(Strict):
    """An input of a network that is computed from a case's scans.

    feature: its name, which its channels begin with. kind, settings: as `compute_features` takes them.
    """

    feature: str
    kind: str
    settings: dict = {}


class FeatureRecord(Strict):
    """A feature of one case on disk: facts about it, and the digest of each array by channel."""

    case: str
    feature: str
    facts: dict
    sha256: dict[str, str]


class PreparedCases:
    """The prepared cases of one or several folders of `write_batch`, their arrays as read-only memory maps.

    Folders of `write_features` add channels to the cases. Raises DataError when a folder is not complete, a case stands
    in two, a feature belongs to no case, or `cases.json` was damaged; its folder is then marked for `drop_damaged`.
    """

    def __init__(self, folders: Sequence[str | Path]):
        self.folders = [Path(folder) for folder in folders]
        self._files: dict[str, dict[str, Path]] = {}
        self._record_of: dict[str, PreparedCase] = {}
        self._sums: dict[Path, str] = {}
        self._sound: set[Path] = set()
        found = [(folder, record) for folder in self.folders for record in _read_records(folder)]
        for folder, record in found:
            if isinstance(record, PreparedCase):
                self._add_case(folder, record)
        for folder, record in found:
            if isinstance(record, FeatureRecord):
                self._add_feature(folder, record)

    def _add_case(self, folder: Path, record: PreparedCase) -> None:
        if (case := record.case) in self._record_of:
            raise DataError(folder, f"case {case} a second time", "each case once", "Prepare the data anew.")
        self._record_of[case] = record
        self._files[case] = {}
        self._add_files(folder, record)

    def _add_feature(self, folder: Path, record: FeatureRecord) -> None:
        if (case := record.case) not in self._record_of:
            raise DataError(
                folder, f"a feature of {case}, which is not prepared", "prepared cases", "Prepare them anew."
            )
        prepared = self._record_of[case]
        facts = prepared.facts | {record.feature: record.facts}
        self._record_of[case] = prepared.model_copy(update={"facts": facts})
        self._add_files(folder, record)

    def _add_files(self, folder: Path, record: PreparedCase | FeatureRecord) -> None:
        sums = _sums(folder, record)
        self._files[record.case] |= dict(zip(record.sha256, sums, strict=True))
        self._sums |= sums

    def __len__(self) -> int:
        return len(self._record_of)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    @cached_property
    def ids(self) -> list[str]:
        """The case ids, sorted."""
        return sorted(self._record_of)

    @property
    def records(self) -> list[PreparedCase]:
        """The records, sorted by case id."""
        return [self._record_of[case] for case in self.ids]

    def record(self, case: str) -> PreparedCase:
        """The record of a case; DataError when there is no such case."""
        if case not in self._record_of:
            raise DataError(case, "no prepared case", f"one of {len(self)} cases", "Prepare this case.")
        return self._record_of[case]

    def array(self, case: str, channel: str) -> np.ndarray:
        """The array (S, H, W) of a channel or of "label".

        Raises DataError when the case does not have it or, the first time it is asked for, when its file was damaged;
        its folder is then marked for `drop_damaged`.
        """
        self.record(case)
        if channel not in self._files[case]:
            found = f"arrays {', '.join(self._files[case])}"
            raise DataError(case, found, channel, "Choose one of these inputs.")
        path = self._files[case][channel]
        if path not in self._sound:
            if found := _fault(path, self._sums[path]):
                raise _damaged(path, found)
            self._sound.add(path)
        return np.load(path, mmap_mode="r")


def _sums(folder: Path, record: PreparedCase | FeatureRecord) -> dict[Path, str]:
    """The digest of each array of a record, by its file, in the order of its channels."""
    return {folder / f"{record.case}.{channel}.npy": digest for channel, digest in record.sha256.items()}


def _fault(path: Path, digest: str) -> str | None:
    """What is wrong with an array on disk; None for nothing."""
    try:
        return None if hashlib.sha256(np.load(path, mmap_mode="r")).hexdigest() == digest else "a damaged array"
    except (OSError, ValueError, EOFError):
        return "no whole array"


def _damaged(path: Path, found: str) -> DataError:
    """The error for a file that is not as it was prepared; its folder is marked for `drop_damaged`."""
    mark = path.with_name(DAMAGED)
    with writing(mark):
        mark.touch()
    remedy = "Repeat the command: the cases of this folder are prepared anew."
    return DataError(path, found, PREPARED, remedy)


def drop_damaged(work: str | Path) -> dict[Path, DataError]:
    """Remove the records of every folder with a damaged file: the workflow then makes it anew.

    Damaged is what a job has marked, and an array that was touched since it was prepared and is no longer the same.
    Returns what was found, by the removed file. Not for the job itself: Snakemake gives up a run whose files go while
    jobs wait for them.
    """
    dropped = {}
    for folder in sorted(path for kind in ("prepared", "features") for path in Path(work, kind).glob("*/*")):
        if error := _found_damaged(folder):
            for name in (RECORDS, DAMAGED):
                with writing(folder / name):
                    (folder / name).unlink(missing_ok=True)
            dropped[folder / RECORDS] = error
    return dropped


def _found_damaged(folder: Path) -> DataError | None:
    if (folder / DAMAGED).exists():
        return DataError(folder, "a file that a job found damaged", PREPARED, ANEW)
    if not (folder / RECORDS).is_file():
        return None
    looked = [path.stat().st_mtime_ns for path in (folder / RECORDS, folder / LOOKED_AT) if path.exists()]
    try:
        sums = [one for record in _read_records(folder) for one in _sums(folder, record).items()]
    except DataError:
        return DataError(folder / RECORDS, "no whole list of cases", PREPARED, ANEW)
    touched = [(path, digest) for path, digest in sums if touched_at(path) >= max(looked)]
    for path, digest in touched:
        if found := _fault(path, digest):
            return DataError(path, found, PREPARED, ANEW)
    if touched:
        with suppress(OSError):
            (folder / LOOKED_AT).touch()  # the next plan need not read them again
    return None


def _read_records(folder: Path) -> list[PreparedCase | FeatureRecord]:
    path = folder / RECORDS
    if not path.is_file():
        raise DataError(folder, f"no {RECORDS}", "a folder of prepared cases", "Run the rule prepare_cases.")
    try:
        return [_parsed(record) for record in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError, RecursionError):
        raise _damaged(path, "no whole list of cases") from None


def _parsed(record: dict) -> PreparedCase | FeatureRecord:
    found = (FeatureRecord if "feature" in record else PreparedCase).model_validate(record)
    if not found.sha256:
        raise ValueError("no array")
    return found


# The workflow sets it to 1 where config.yaml says `copy_to_scratch: true`.
COPY_TO_SCRATCH = "SEGREPRO_COPY_TO_SCRATCH"
BYTES_AT_ONCE = 2**24


def open_prepared(batches: Sequence[Path]) -> PreparedCases:
    """The prepared cases of a job, by the `cases.json` of their batches; copied to $TMPDIR if the config says so."""
    kind = ScratchCases if os.environ.get(COPY_TO_SCRATCH) == "1" else PreparedCases
    return kind(list(dict.fromkeys(path.parent for path in batches)))


class ScratchCases(PreparedCases):
    """Prepared cases whose arrays are copied to $TMPDIR when they are first asked for, and mapped there."""

    def __init__(self, folders: Sequence[str | Path]):
        super().__init__(folders)
        self._copies: dict[tuple[str, str], np.ndarray] = {}
        print(f"arrays are copied to {tempfile.gettempdir()}", flush=True)

    def array(self, case: str, channel: str) -> np.ndarray:
        """As PreparedCases.array; also DataError when there is no room for the copy."""
        if (case, channel) not in self._copies:
            self._copies[case, channel] = _copied(super().array(case, channel).filename)
        return self._copies[case, channel]


def _copied(path: Path) -> np.ndarray:
    """A map of a copy without a name: its room is free again when the process ends, whatever ends it."""
    try:
        with path.open("rb") as shared, tempfile.NamedTemporaryFile(prefix="segrepro-") as copy:
            shutil.copyfileobj(shared, copy, BYTES_AT_ONCE)
            copy.flush()
            return np.load(copy.name, mmap_mode="r")
    except OSError as error:
        found, expected = f"{error.strerror!r} while copying {path}", "room for the arrays of a job"
        remedy = "Set copy_to_scratch to false, or TMPDIR to a larger disk."
        raise DataError(tempfile.gettempdir(), found, expected, remedy) from None

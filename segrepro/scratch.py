"""Prepared arrays on the disk of the machine that reads them, for clusters whose shared disk is slow."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segrepro.errors import DataError
from segrepro.prepared import PreparedCases

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

    def array(self, case: str, role: str) -> np.ndarray:
        """As PreparedCases.array; also DataError when there is no room for the copy."""
        if (case, role) not in self._copies:
            self._copies[case, role] = _copied(super().array(case, role).filename)
        return self._copies[case, role]


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

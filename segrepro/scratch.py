"""Prepared arrays on the disk of the machine that reads them, for clusters whose shared disk is slow."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

from segrepro.errors import DataError
from segrepro.prepared import PreparedCases

# The workflow sets it to 1 where config.yaml says `copy_to_scratch: true`.
COPY_TO_SCRATCH = "SEGREPRO_COPY_TO_SCRATCH"


def open_prepared(batches: Sequence[Path]) -> PreparedCases:
    """The prepared cases of a job, by the `cases.json` of their batches; copied to $TMPDIR if the config says so."""
    kind = ScratchCases if os.environ.get(COPY_TO_SCRATCH) == "1" else PreparedCases
    return kind(list(dict.fromkeys(path.parent for path in batches)))


class ScratchCases(PreparedCases):
    """Prepared cases whose arrays are copied to $TMPDIR when they are first asked for, and read there.

    The copies go when this object, or the process, ends. Raises DataError when there is no room for one.
    """

    def __init__(self, folders: Sequence[str | Path]):
        super().__init__(folders)
        self.folder = Path(tempfile.mkdtemp(prefix="segrepro-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        print(f"arrays are copied to {self.folder}", flush=True)

    def file(self, case: str, role: str) -> Path:
        """The copy that `array` maps; DataError when the case does not have it or the disk is full."""
        shared = super().file(case, role)
        copy = self.folder / shared.name
        if not copy.exists():
            try:
                shutil.copyfile(shared, copy)
            except OSError as error:
                found = f"{error.strerror!r} while copying {shared}"
                remedy = "Set copy_to_scratch to false, or TMPDIR to a larger disk."
                raise DataError(self.folder, found, "room for the arrays of a job", remedy) from None
        return copy

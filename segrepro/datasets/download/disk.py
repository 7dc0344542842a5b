"""The disk that data sets are brought to: its room, and turns between processes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segrepro.utils.errors import DataError
from segrepro.utils.locks import wait_for_lock

SPARE_BYTES = 50_000_000


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process is in such a block for the same path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(f".{path.name}.lock"), "w") as guard:
        wait_for_lock(guard)
        yield


def require_space(folder: Path, needed: int) -> None:
    """DataError unless the disk that holds `folder` has room for this many bytes and a little more."""
    existing = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if needed > 0 and free < needed + SPARE_BYTES:
        found, expected = f"{free / 1e9:.2f} GB free", f"{(needed + SPARE_BYTES) / 1e9:.2f} GB"
        raise DataError(folder, found, expected, "Make room, or set `work` to a folder on a larger disk.")

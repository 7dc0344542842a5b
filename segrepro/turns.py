"""One run at a time in a folder, and none beside jobs that outlived a run which was killed.

Snakemake's own lock stays behind after a kill until somebody removes it. These end with their process, so the same
command goes on by itself.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from segrepro.errors import TurnError
from segrepro.files import remove_remnants, require_writable
from segrepro.locks import locked, wait_for_lock

# Opened for reading and writing: on a network disk a shared lock needs the one, an exclusive lock the other.
RUN_LOCK, JOBS_LOCK = Path("logs/run.lock"), Path("logs/jobs.lock")
_held: list[IO] = []


def begin_run(folders: Iterable[str | Path]) -> None:
    """Take the working folder for this process until it ends; wait for jobs of a killed run, and tidy up after it.

    folders: those the run writes to. Raises TurnError when another run is going on in the working folder, DiskError
    when a folder cannot be written to.
    """
    for folder in (RUN_LOCK.parent, *folders):
        require_writable(folder)
    _held.append(_hold_run())
    with JOBS_LOCK.open("a+") as jobs:
        if not locked(jobs):
            print("segrepro: jobs of a run that was killed are still at work; waiting for them", file=sys.stderr)
            wait_for_lock(jobs)
        for folder in folders:
            remove_remnants(folder)


def _hold_run() -> IO:
    lock = RUN_LOCK.open("a+")
    if not locked(lock):
        lock.seek(0)
        found, remedy = f"another run, process {lock.read()}", "Wait for it to end (segrepro status), or stop it."
        raise TurnError(Path.cwd(), found, "one run at a time", remedy)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


@contextmanager
def at_work() -> Iterator[None]:
    """Mark, while a job runs, that the working folder has one."""
    JOBS_LOCK.parent.mkdir(exist_ok=True)
    with JOBS_LOCK.open("a+") as lock:
        wait_for_lock(lock, shared=True)
        yield

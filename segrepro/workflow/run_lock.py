"""One run at a time in a folder, and none beside jobs that outlived a run which was killed.

The folders are the working folder and those that a run writes to, which several working folders may share. Snakemake's
own lock stays behind after a kill until somebody removes it. These end with their process, so the same command goes on
by itself.
"""

import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from segrepro.utils.errors import RunLockedError
from segrepro.utils.files import remove_remnants, require_writable, writing
from segrepro.utils.locks import locked, wait_for_lock

LOGS, RUN_LOCK = Path("logs"), "run.lock"
# Opened for reading and writing: on a network disk a shared lock needs the one, an exclusive lock the other.
JOBS_LOCK = LOGS / "jobs.lock"
_held: list[IO] = []


def begin_run(folders: Iterable[str | Path]) -> None:
    """Take the working folder and `folders` for this process until it ends; wait for jobs of a run that was killed in
    the working folder, and tidy up after it.

    folders: those the run writes to. Raises RunLockedError when another run is going on in one of them, DiskError when
    a folder cannot be written to.
    """
    # By their real places: a process that locks the same file twice would wait for itself.
    folders = {Path(folder).resolve(): Path(folder) for folder in (LOGS, *folders)}.values()
    for folder in folders:
        require_writable(folder)
    _held.extend([_hold_run(folder) for folder in folders])
    with JOBS_LOCK.open("a+") as jobs:
        if not locked(jobs):
            print("segrepro: jobs of a run that was killed are still at work; waiting for them", file=sys.stderr)
            wait_for_lock(jobs)
        for folder in folders:
            remove_remnants(folder)


def end_run() -> None:
    """Give back what `begin_run` took, for a process that is started by this one."""
    while _held:
        _held.pop().close()


def _hold_run(folder: Path) -> IO:
    with writing(folder / RUN_LOCK):
        lock = (folder / RUN_LOCK).open("a+", errors="replace")
    if not locked(lock):
        lock.seek(0)
        found, remedy = f"another run, {lock.read()}", "Wait for it to end (segrepro status), or stop it."
        raise RunLockedError(folder.absolute(), found, "one run at a time", remedy)
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {socket.gethostname()} in {Path.cwd()}")
    lock.flush()
    return lock


def run_goes_on(folders: Iterable[str | Path]) -> bool:
    """Whether a run has taken the working folder or one of `folders`, which need not be there."""
    return any(_is_held(Path(folder, RUN_LOCK)) for folder in (LOGS, *folders))


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    # Shared, so that two who ask do not take each other for a run.
    with writing(path), path.open() as lock:
        return not locked(lock, shared=True)


@contextmanager
def at_work() -> Iterator[None]:
    """Mark, while a job runs, that the working folder has one."""
    JOBS_LOCK.parent.mkdir(exist_ok=True)
    with JOBS_LOCK.open("a+") as lock:
        wait_for_lock(lock, shared=True)
        yield

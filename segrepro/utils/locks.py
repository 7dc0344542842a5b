"""Locks on open files. They belong to processes: the operating system lifts them however a process ends."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from segrepro.utils.errors import DiskError

NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}


def wait_for_lock(file: IO, shared: bool = False) -> None:
    """Hold an open file, alone or shared, until it is closed. Raises DiskError where files cannot be locked."""
    with _locking(file):
        _lock(file, shared, wait=True)


def locked(file: IO, shared: bool = False) -> bool:
    """Try to hold an open file, alone or shared, until it is closed; False when another process is in the way.

    Raises DiskError where files cannot be locked.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as first, open(first.name) as second:
    ...     locked(first), locked(second)
    (True, False)
    """
    with _locking(file):
        try:
            _lock(file, shared, wait=False)
        except BlockingIOError:
            return False
        return True


def _lock(file: IO, shared: bool, wait: bool) -> None:
    """Raises BlockingIOError when another process is in the way and `wait` is false."""
    if sys.platform == "win32":
        _lock_on_windows(file, shared, wait)
        return
    import fcntl

    fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))


def _lock_on_windows(file: IO, shared: bool, wait: bool) -> None:
    # Elsewhere the system's own call does, at a tenth of a second less for every job.
    import portalocker
    from portalocker import LockFlags

    flags = LockFlags.SHARED if shared else LockFlags.EXCLUSIVE
    try:
        portalocker.lock(file, flags if wait else flags | LockFlags.NON_BLOCKING)
    except portalocker.AlreadyLocked as error:
        raise BlockingIOError(errno.EAGAIN, str(error)) from None
    except portalocker.LockException as error:
        raise OSError(errno.ENOLCK, str(error)) from None


@contextmanager
def _locking(file: IO) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        remedy = "Mount it with locks (Lustre: option flock; NFS: version 4), or work on another disk."
        raise DiskError(file.name, "a file system without file locks", "one that has flock", remedy) from error

"""Locks on open files. They belong to processes: the operating system lifts them however a process ends."""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from segrepro.utils.errors import DiskError

NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}


def wait_for_lock(file: IO, shared: bool = False) -> None:
    """Hold an open file, alone or shared, until it is closed. Raises DiskError where files cannot be locked."""
    with _locking(file):
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


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
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def _locking(file: IO) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        remedy = "Mount it with locks (Lustre: option flock; NFS: version 4), or work on another disk."
        raise DiskError(file.name, "a file system without file locks", "one that has flock", remedy) from error

"""Files and folders that are complete or not there at all."""

import errno
import hashlib
import os
import re
import shutil
import socket
import stat
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from segrepro.utils.errors import DiskError

NOT_WRITABLE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EIO, errno.ENAMETOOLONG, errno.ELOOP),
}
NUMPY_SHORT_WRITE = "requested and"  # how numpy reports a full disk, without an errno
REMNANT = re.compile(r"\.(?:partial|former)-([0-9a-f]{8})-(\d+)-")
# After so many seconds without a change a half-written file of another machine has nobody who writes it.
ABANDONED = 86400


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A disk that does not take what is written becomes one line that names `path`."""
    try:
        yield
    except OSError as error:
        if error.errno not in NOT_WRITABLE and not _cannot_be_made(path, error) and NUMPY_SHORT_WRITE not in str(error):
            raise
        found = os.strerror(error.errno or errno.ENOSPC).lower()
        remedy = "Make room or name another folder, then repeat the command."
        raise DiskError(path, found, "a place that can be written to", remedy) from error


def _cannot_be_made(path: Path, error: OSError) -> bool:
    """Whether a folder above the path is missing and none can be made, as in /proc."""
    return error.errno == errno.ENOENT and bool(error.filename) and path.is_relative_to(str(error.filename))


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """A temporary name beside `path`, of the same ending; becomes `path` if the block ends without an error.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole_file(folder / "a.txt") as partial:
    ...     _ = partial.write_text("all of it")
    >>> [p.name for p in folder.iterdir()]
    ['a.txt']
    """
    path = Path(path)
    partial = _beside(path, "partial")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield partial
            # Windows brings only what may be written to the disk.
            with open(partial, "rb+" if sys.platform == "win32" else "rb") as written:
                os.fsync(written.fileno())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """A temporary folder beside `path`; it takes the place of `path` when the block ends without an error."""
    path = Path(path)
    partial, former = _beside(path, "partial"), _beside(path, "former")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            yield partial
            if path.exists():
                os.replace(path, former)
            os.replace(partial, path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            shutil.rmtree(former, ignore_errors=True)


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path`, gone when the block ends; those of killed processes for `path` go first."""
    for former in path.parent.glob(f".partial-*-{escape(path.name)}"):
        if REMNANT.match(former.name) and not _is_written(former):
            shutil.rmtree(former, ignore_errors=True)
    partial = _beside(path, "partial")
    shutil.rmtree(partial, ignore_errors=True)  # in containers a process gets the number of a former one
    partial.mkdir()
    try:
        yield partial
    finally:
        shutil.rmtree(partial)


def _beside(path: Path, kind: str) -> Path:
    """A hidden name beside `path` by which `remove_remnants` knows the process, and the machine that it is on."""
    return path.with_name(f".{kind}-{_machine()}-{os.getpid()}-{path.name}")


def _machine() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def require_regular(path: str | Path) -> None:
    """Raise OSError for a pipe, socket or device, which reading would wait for without end."""
    if not stat.S_ISREG(os.stat(path).st_mode) and not os.path.isdir(path):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def touched_at(path: Path) -> float:
    """When a file was last written or put there, in ns: its times may be set, but not the time of that.

    Infinite for a file that is not there.
    """
    try:
        found = path.stat()
    except OSError:
        return float("inf")
    return max(found.st_mtime_ns, found.st_ctime_ns)


def file_sha256(path: str | Path) -> str:
    """The SHA-256 digest of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_folder(folder: str | Path) -> None:
    """Raises DiskError when a file stands in the place of `folder` or of a folder above it."""
    first = next(path for path in (Path(folder), *Path(folder).absolute().parents) if os.path.exists(path))
    if not first.is_dir():
        raise DiskError(first, "a file", "a folder", "Remove or rename it, or name another folder.")


def require_writable(folder: str | Path) -> None:
    """Make `folder` if it is not there. Raises DiskError when nothing can be written into it."""
    folder = Path(folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def remove_remnants(folder: str | Path) -> None:
    """Remove, anywhere below `folder`, what processes that were killed had half written.

    Whether a process of another machine still writes cannot be asked: its files go when they are a day old.
    """
    for root, folders, files in os.walk(folder):
        for path in (Path(root, name) for name in [*folders, *files] if REMNANT.match(name)):
            with suppress(FileNotFoundError):  # it has just been finished
                if not _is_written(path):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        folders[:] = [name for name in folders if not REMNANT.match(name)]


def _is_written(path: Path) -> bool:
    """Whether somebody may still be writing a file or folder that has the name of a half-written one."""
    machine, process = REMNANT.match(path.name).groups()
    if machine == _machine():
        return process_exists(int(process))
    return time.time() - path.stat().st_mtime < ABANDONED


def process_exists(pid: int) -> bool:
    """Whether this machine has a process of that number."""
    import psutil

    return psutil.pid_exists(pid)

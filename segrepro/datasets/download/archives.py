"""Archives from strangers: zip and tar files unpacked so that nothing lands outside the folder."""

import errno
import lzma
import re
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from segrepro.datasets.download.disk import require_space
from segrepro.utils.errors import DataError

CHUNK = 1 << 20
MAX_FILES = 500_000
# Scans shrink two to ten times when packed, masks a few hundred times; a bomb thousands of times and more.
MAX_RATIO = 200
ALWAYS_ALLOWED_BYTES = 1_000_000_000
NOT_THIS = "Do not use this file."
ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz")
# ValueError: names and numbers of a header that are none.
BROKEN = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, NotImplementedError, ValueError)


@dataclass(frozen=True)
class _Member:
    """A file of an archive. kind: "file", "folder" or what it is instead."""

    name: str
    size: int
    kind: str
    content: BinaryIO | None


def is_archive(name: str) -> bool:
    """Whether `unpack` reads a file of this name.

    >>> is_archive("a.tar.gz"), is_archive("scan.nii.gz")
    (True, False)
    """
    return name.lower().endswith(ENDINGS)


def unpack(archive: str | Path, folder: str | Path, limit: int | None = None) -> int:
    """Unpack a zip or tar file (also gzipped) into an existing folder; returns the number of files.

    limit: bytes that it may take unpacked; by default 200 times its size or 1 GB, whichever is more.
    Only files and folders are written, with plain permissions and never over an existing file. Files of the Mac's
    Finder (`__MACOSX`, `._name`, `.DS_Store`) are left out.
    Raises DataError for a damaged or encrypted archive, a name that leads outside or that no system can hold, a
    link, a device, a name twice, too many files, folders or bytes. Unpack into segrepro.utils.files.whole_folder: then
    nothing is left of an archive that was refused.
    """
    archive, folder = Path(archive), Path(folder)
    limit = limit or max(MAX_RATIO * archive.stat().st_size, ALWAYS_ALLOWED_BYTES)
    written, folders, room = 0, set(), limit
    try:
        for member in _members(archive, folder):
            path = safe_path(member.name, archive)
            target, is_file = folder / path, member.kind == "file"
            folders.update(path.parents[:-1] if is_file else [path, *path.parents[:-1]])
            if written + is_file + len(folders) > MAX_FILES:
                raise DataError(archive, f"more than {MAX_FILES} files and folders", "a data set", NOT_THIS)
            if member.kind == "folder":
                target.mkdir(parents=True, exist_ok=True)
                continue
            _check(archive, member, target, room)
            room -= _write(archive, member, target, room)
            written += 1
    except BROKEN as error:
        raise _damaged(archive, error) from error
    except RuntimeError as error:
        raise DataError(archive, "an encrypted archive", "one without password", "Unpack it by hand.") from error
    except OSError as error:  # without a number it is bz2's word for damaged bytes
        raise (_not_written if error.errno else _damaged)(archive, error) from error
    if not written:
        raise DataError(archive, "an empty archive", "files", "Download it again.")
    return written


def _damaged(archive: Path, error: Exception) -> DataError:
    return DataError(archive, f"a damaged archive ({error})", "a whole one", "Download it again.")


def _not_written(archive: Path, error: OSError) -> DataError:
    remedy = "Make room, or" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Unpack it by hand, or"
    return DataError(archive, f"files that cannot be written ({error})", "files", f"{remedy} choose another folder.")


def safe_path(name: str, archive: object) -> Path:
    r"""A member's name as a relative path; DataError when it leads outside or holds what no file name should.

    >>> safe_path("./Site1/été.nii", "a.zip").as_posix()
    'Site1/été.nii'
    >>> safe_path("../x", "a.zip")
    Traceback (most recent call last):
    ...
    segrepro.utils.errors.DataError: a.zip: found the name '../x'; expected a name inside the folder. Do not use ...
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    outside = name.startswith("/") or "\\" in name or ".." in parts or re.match("[A-Za-z]:", name)
    if outside or not parts or any(unicodedata.category(c)[0] == "C" for c in name):
        raise DataError(archive, f"the name {name!r}", "a name inside the folder", NOT_THIS)
    return Path(*parts)


def _check(archive: Path, member: _Member, target: Path, room: int) -> None:
    if member.kind != "file":
        raise DataError(archive, f"{member.kind} ({member.name!r})", "files and folders", NOT_THIS)
    if target.exists() or target.is_symlink():
        raise DataError(archive, f"the name {member.name!r} twice", "each file once", NOT_THIS)
    if member.size > room:
        raise _too_large(archive)


def _too_large(archive: Path) -> DataError:
    found, expected = f"far more bytes than its {archive.stat().st_size} packed ones", "a data set"
    return DataError(archive, found, expected, "It may be a bomb: look into it before you unpack it by hand.")


def _write(archive: Path, member: _Member, target: Path, room: int) -> int:
    """Write a file and return its bytes, counted as they come: headers may lie."""
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with open(target, "xb") as file:
        while data := member.content.read(CHUNK):
            size += len(data)
            if size > room:
                raise _too_large(archive)
            file.write(data)
    if size != member.size:
        raise EOFError(f"{member.name!r} ends after {size} of {member.size} bytes")
    return size


def _members(archive: Path, folder: Path) -> Iterator[_Member]:
    """The members, none whose name differs from another's only by case or way of writing accents."""
    if zipfile.is_zipfile(archive):
        found = _zip_members(archive, folder)
    elif tarfile.is_tarfile(archive):
        found = _tar_members(archive)
    else:
        remedy = "Download it again, or unpack it by hand."
        raise DataError(archive, "neither a zip nor a tar file", f"one of {', '.join(ENDINGS)}", remedy)
    seen = set()
    for member in found:
        name = member.name.rstrip("/")
        if _finder(name):
            continue
        same = unicodedata.normalize("NFC", name).casefold()
        if member.kind == "file" and same in seen:
            raise DataError(archive, f"the name {member.name!r} twice", "each file once", NOT_THIS)
        seen.add(same)
        yield member


def _finder(name: str) -> bool:
    parts = name.split("/")
    return parts[-1] == ".DS_Store" or parts[-1].startswith("._") or "__MACOSX" in parts


def _zip_members(archive: Path, folder: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as file:
        members = file.infolist()
        require_space(folder, min(sum(m.file_size for m in members), 100 * ALWAYS_ALLOWED_BYTES))
        for info in members:
            mode = info.external_attr >> 16
            # A zip of Windows or DOS has no mode; the name as it was stored, since zipfile shortens it at a NUL.
            kind = (
                "folder" if info.is_dir() else "file" if stat.S_IFMT(mode) in (0, stat.S_IFREG) else "a link or device"
            )
            if kind == "file":
                with file.open(info) as content:
                    yield _Member(info.orig_filename, info.file_size, kind, content)
            else:
                yield _Member(info.orig_filename, 0, kind, None)


def _tar_members(archive: Path) -> Iterator[_Member]:
    with tarfile.open(archive, "r|*", errorlevel=2) as file:
        for info in file:
            plain = info.isreg() and not info.issparse()
            kind = "folder" if info.isdir() else "file" if plain else "a link or device"
            yield _Member(info.name, info.size, kind, file.extractfile(info) if plain else None)

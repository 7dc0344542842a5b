"""What lies in a folder, and what cannot be read of it."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from segrepro.utils.errors import DataError, raise_together

PACKED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".cpt", ".enc")


def unreadable(path: str | Path, kind: str, error: OSError) -> DataError:
    """What to raise for a file or folder that the system does not let be read.

    >>> print(unreadable("scans", "folder", PermissionError(13, "Permission denied")))
    scans: found an unreadable folder (Permission denied); expected a readable folder. Allow to read it, or copy it
    again.
    """
    found = f"an unreadable {kind} ({error.strerror or error})"
    return DataError(path, found, f"a readable {kind}", "Allow to read it, or copy it again.")


def content_of(folder: Path) -> str:
    """What lies in a folder where no case was found, for an error to say."""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if not names:
        return "an empty folder"
    return f"{len(names)} entries ({listed(names)}) and no case"


def packed_files(folder: Path) -> list[str]:
    """The archives in a folder or in those within it, by their paths; packed images are none."""
    names = (path.relative_to(folder).as_posix() for path in [*folder.glob("[!.]*"), *folder.glob("[!.]*/[!.]*")])
    return sorted(filter(is_packed, names))


def is_packed(name: str) -> bool:
    """Whether a file is an archive by its name; packed images are none.

    >>> is_packed("scans.tar.gz"), is_packed("scan.nii.gz")
    (True, False)
    """
    return name.lower().endswith(PACKED) and not name.lower().endswith(".nii.gz")


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first of some names.

    >>> listed(["a", "b", "c", "d"])
    'a, b, c, ...'
    """
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def walk_files(folder: str | Path) -> Iterator[Path]:
    """Every file below a folder, sorted; linked folders are followed, hidden files and folders left out.

    None if there is no such folder. Raises DataError, after the last file, with a line for each folder that cannot be
    read, and for each pipe, socket or device, which reading would wait for without end.
    """
    seen, errors, odd = set(), [], []
    for root, folders, files in os.walk(folder, followlinks=True, onerror=errors.append):
        # A link to a folder above would be walked for ever.
        real = os.path.realpath(root)
        folders[:] = sorted(f for f in folders if not f.startswith(".")) if real not in seen else []
        if real in seen:
            continue
        seen.add(real)
        for path in (Path(root, name) for name in sorted(files) if not name.startswith(".")):
            if _is_odd(path):
                odd.append(DataError(path, "a pipe, socket or device", "a regular file", "Remove it."))
            else:
                yield path
    absent = (FileNotFoundError, NotADirectoryError)
    raise_together([*(unreadable(e.filename, "folder", e) for e in errors if not isinstance(e, absent)), *odd])


def _is_odd(path: Path) -> bool:
    """Whether there is something that is neither a file nor a link to one; a link to nothing is not odd."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False

"""The version of a data set in a folder, by its content."""

import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from segrepro.datasets.case import Dataset
from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_file
from segrepro.utils.folders import unreadable, walk_files
from segrepro.utils.parallel import told


def files_elsewhere(dataset: Dataset) -> list[Path]:
    """The files of a data set's cases that lie outside of its folder, as a table of cases may say."""
    paths = [path for case in dataset.cases for path in (*case.images.values(), *case.labels)]
    outside = [path for path in paths if not Path(os.path.abspath(path)).is_relative_to(dataset.folder.absolute())]
    found = [file for path in dict.fromkeys(outside) for file in (walk_files(path) if path.is_dir() else [path])]
    return [file for file in found if file.exists()]


def folder_digest(folder: str | Path, memory: str | Path, elsewhere: Iterable[Path] = ()) -> str:
    """sha256 over sorted paths in the folder and `file_digests`: the same wherever it lies, whatever its times are."""
    lines = sorted(f"{path}\0{digest}\n" for path, digest in file_digests(folder, memory, elsewhere).items())
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def file_digests(folder: str | Path, memory: str | Path, elsewhere: Iterable[Path] = ()) -> dict[str, str]:
    """sha256 of each file below a folder by its relative path, hidden ones left out.

    memory: a folder where they are kept, so that only files whose size or times have changed since are read again.
    elsewhere: of `files_elsewhere`, which count under their whole paths.
    Raises DataError when the folder, a file or the target of a link is missing or cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(folder, "no such folder", "the folder of a data set", "Check the path.")
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:10]
    remembered = Path(memory, f"digests-{name}.json")
    known = _read(remembered)
    states = {path.relative_to(folder).as_posix(): _state(path) for path in walk_files(folder)}
    states |= {os.path.abspath(path): _state(path) for path in elsewhere}
    new = [path for path, state in states.items() if known.get(path, [])[:3] != state]
    digests = {path: entry[3] for path, entry in known.items() if path in states} | _digests(folder, new)
    if new or len(known) > len(states):
        with whole_file(remembered) as partial:
            partial.write_text(json.dumps({path: [*states[path], digests[path]] for path in states}))
    return {path: digests[path] for path in states}


def file_digest(path: Path, memory: str | Path) -> str:
    """sha256 of one file, which is kept in the folder memory; DataError when it cannot be read."""
    place = os.path.abspath(path)
    remembered = Path(memory, f"digests-{hashlib.sha256(os.fsencode(place)).hexdigest()[:10]}.json")
    known, state = _read(remembered).get(place, []), _state(path)
    if known[:3] == state:
        return known[3]
    digest = digest_of(path)
    with whole_file(remembered) as partial:
        partial.write_text(json.dumps({place: [*state, digest]}))
    return digest


def _read(remembered: Path) -> dict[str, list]:
    """Relative path to size, two times and digest; empty when there is no such file yet, or a damaged one."""
    try:
        entries = json.loads(remembered.read_bytes()).items()
        return {path: [size, changed, moved, digest] for path, (size, changed, moved, digest) in entries}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def _state(path: Path) -> list[int]:
    """Size, time of the last change of content, and time of the last change of anything, which no copy restores."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise DataError(path, "a link to nothing", "a file", "Fetch the file that it stands for.") from None
    except OSError as error:
        raise unreadable(path, "file", error) from error
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _digests(folder: Path, paths: list[str]) -> dict[str, str]:
    with ThreadPoolExecutor() as pool:
        found = pool.map(digest_of, [folder / path for path in paths])
        return dict(zip(paths, told(found, len(paths), f"{folder}: files read for the version of the data")))


def digest_of(path: Path) -> str:
    """sha256 of a file's bytes; DataError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, "file", error) from error

"""Seals: what every job wrote, by size, time and digest, so that a later change of any of it is noticed.

A job seals its files when it is done, and looks at the seals of what it reads before it starts. Whoever plans a run
drops what has changed, and the run makes it anew. Prepared arrays carry digests of their own, in their `cases.json`.
"""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from segrepro.utils.errors import DataError
from segrepro.utils.files import file_sha256, whole_file, writing
from segrepro.utils.validation import Strict

# The workflow sets it to the folder of the seals; without it, as in a script of one's own, nothing is sealed.
SEALS = "SEGREPRO_SEALS"
AGAIN = "Repeat the command: it is made anew."


class SealedFile(Strict):
    """A file as its job left it: bytes, time of its last change in ns, and SHA-256 digest."""

    size: int
    changed_ns: int
    sha256: str


class Seal(Strict):
    """The files of one job by path. The first is the output that Snakemake knows: without it the job runs again."""

    files: dict[str, SealedFile]


def seal(files: Iterable[Path]) -> None:
    """Note the files that a job wrote, its output first."""
    files = [path for path in files if path.is_file()]
    if not files or SEALS not in os.environ:
        return
    content = Seal(files={str(path): _as_it_is(path) for path in files})
    with whole_file(_seal_of(files[0])) as partial:
        partial.write_text(content.model_dump_json(indent=1))


def _as_it_is(path: Path) -> SealedFile:
    found = path.stat()
    return SealedFile(size=found.st_size, changed_ns=found.st_mtime_ns, sha256=file_sha256(path))


def _seal_of(output: Path) -> Path:
    return Path(os.environ[SEALS], f"{hashlib.sha256(os.fsencode(output)).hexdigest()[:20]}.json")


def require_sealed(paths: Iterable[Path]) -> None:
    """Raise DataError for the first of these outputs that is, with the files sealed beside it, not as its job left it.

    It is marked too, so that the next run makes it anew even where its size and time have not changed.
    """
    for path in paths if SEALS in os.environ else ():
        found = _read(_seal_of(path))
        for name, file in found.files.items() if found else ():
            if not (os.path.isfile(name) and file_sha256(name) == file.sha256):
                _doubt(_seal_of(path), found, name)
                what = "other content than was written" if os.path.isfile(name) else "no such file"
                raise DataError(name, what, "the file as its job left it", AGAIN)


def _doubt(path: Path, found: Seal, name: str) -> None:
    """Let the next plan read the file, whatever its size and time say."""
    doubted = found.files[name].model_copy(update={"changed_ns": -1})
    with whole_file(path) as partial:
        partial.write_text(Seal(files=found.files | {name: doubted}).model_dump_json(indent=1))


def _read(path: Path) -> Seal | None:
    """A seal; None where there is none or a damaged one, as good as none."""
    with suppress(OSError, ValueError):
        return Seal.model_validate_json(path.read_bytes())
    return None


def drop_changed(seals: Path) -> list[Path]:
    """Remove the outputs that, with the files sealed beside them, are no longer as their jobs left them.

    Returns them, each to be made anew. Files whose size and time are those of the seal are not read. Not beside a run:
    Snakemake gives up a run whose files go while jobs wait for them.
    """
    dropped = []
    for path in sorted(seals.glob("*.json")):
        found = _read(path)
        changed = [name for name, file in found.files.items() if _has_changed(Path(name), file)] if found else []
        if not changed:
            continue
        output = Path(next(iter(found.files)))
        for file in dict.fromkeys([output, *map(Path, changed), path]):
            with writing(file):
                file.unlink(missing_ok=True)
        dropped.append(output)
    return dropped


def _has_changed(path: Path, sealed: SealedFile) -> bool:
    try:
        found = path.stat()
    except OSError:
        return True
    same = (found.st_size, found.st_mtime_ns) == (sealed.size, sealed.changed_ns)
    return not same and file_sha256(path) != sealed.sha256

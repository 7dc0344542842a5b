"""Seals: the digests of what a job wrote, beside it, so that a later change of any of it is noticed.

A job seals its files when it is done, and looks at the seals of what it reads before it starts. Whoever plans a run
drops what has changed or is lost, and the run makes it anew. A seal lies in the folder of the output that it belongs
to, so it moves, and goes, with it. Prepared arrays have digests of their own, in their `cases.json`.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from segrepro.utils.errors import DataError
from segrepro.utils.files import file_sha256, touched_at, whole_file, writing
from segrepro.utils.validation import Strict

SEALS = ".seals"
AGAIN = "Repeat the command: it is made anew."


class Seal(Strict):
    """SHA-256 digests by path, from the folder that the seals lie in. The first file stands for all of them: whoever
    reads it reads the others too, and without it its job runs again."""

    sha256: dict[str, str]


def seal(written: Iterable[Path]) -> None:
    """Note what a job wrote, the file that stands for all first; of a folder everything in it."""
    files = [file for path in written for file in _files(path)]
    if not files:
        return
    folder = files[0].parent
    content = Seal(sha256={file.relative_to(folder).as_posix(): file_sha256(file) for file in files})
    with whole_file(_seal_of(files[0])) as partial:
        partial.write_text(content.model_dump_json(indent=1), encoding="utf-8")


def _seal_of(output: Path) -> Path:
    return output.parent / SEALS / f"{output.name}.json"


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for root, folders, names in os.walk(path):
        folders[:] = sorted(set(folders) - {SEALS})
        yield from (Path(root, name) for name in sorted(names))


def require_sealed(paths: Iterable[Path]) -> None:
    """Raise DataError for the first of these files that is not as its job left it, or stands for one that is not.

    The next plan then looks at all files of the seal, whatever their times say. Files without a seal are let pass.
    """
    for path in paths:
        for place, found in _seals_in(path.parent):
            first = next(iter(found.sha256))
            for name in found.sha256 if path.name == first else {path.name} & found.sha256.keys():
                if fault := _fault(path.parent / name, found.sha256[name]):
                    with suppress(OSError):
                        os.utime(place, (0, 0))
                    raise DataError(path.parent / name, fault, "the file as its job left it", AGAIN)


def _seals_in(folder: Path) -> Iterator[tuple[Path, Seal]]:
    """The seals of a folder; a damaged one is as good as none."""
    for place in sorted(Path(folder, SEALS).glob("*.json")):
        with suppress(OSError, ValueError):
            if (found := Seal.model_validate_json(place.read_bytes())).sha256:
                yield place, found


def _fault(path: Path, digest: str) -> str | None:
    try:
        return None if file_sha256(path) == digest else "other content than was written"
    except OSError:
        return "no such file"


def drop_changed(folders: Iterable[str | Path]) -> dict[Path, DataError]:
    """Remove the outputs anywhere below `folders` that, with all they stand for, are no longer as their jobs left them.

    Returns what was found, by output, which is to be made anew; until it is, its seal misses it. A file that has not
    been touched since it was sealed is not read. Not beside a run: Snakemake gives up a run whose files go while jobs
    wait for them.
    """
    roots = [Path(root) for folder in folders for root, inner, _ in os.walk(folder) if SEALS in inner]
    dropped = {}
    for place, found in (one for root in roots for one in _seals_in(root)):
        sealed = {place.parent.parent / name: digest for name, digest in found.sha256.items()}
        touched = [path for path in sealed if touched_at(path) >= place.stat().st_mtime_ns]
        faults = {path: fault for path in touched if (fault := _fault(path, sealed[path]))}
        if faults:
            output, (path, fault) = next(iter(sealed)), next(iter(faults.items()))
            for file in {output, *faults}:
                with writing(file):
                    file.unlink(missing_ok=True)
            dropped[output] = DataError(path, fault, "the file as its job left it", f"{output.name} is made anew.")
        elif touched:
            with suppress(OSError):
                os.utime(place)  # the next plan need not read them again
    return dropped


def remove_sealed(output: Path) -> None:
    """Remove an output with its seal: nothing misses it."""
    for file in (output, _seal_of(output)):
        with writing(file):
            file.unlink(missing_ok=True)

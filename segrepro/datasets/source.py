"""`source.json`: where the scans of a data set lie, and what they were when they were fetched.

Scans and labels are read again long after they were prepared. Where one of them has been changed since, scores and
pictures would be of other data than the hash in their path says.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from segrepro.datasets.folder_digest import file_digests, folder_digest
from segrepro.utils.errors import DataError, raise_together
from segrepro.utils.files import whole_file
from segrepro.utils.validation import Strict

SHOWN = 3  # names of files that an error says


class Source(Strict):
    """contents: the digest of all files; sha256: of each, by its path in the folder, or its whole path elsewhere."""

    folder: Path
    source: str
    contents: str
    sha256: dict[str, str]


def write_source(
    folder: Path, source: str, output: Path, elsewhere: Sequence[Path] = (), planned: str | None = None
) -> None:
    """Note what was fetched into a folder.

    elsewhere: what belongs to it and lies outside of it. planned: the digest of a folder that was there when the
    run was planned. Raises DataError when it is another one by now.
    """
    contents = folder_digest(folder, _memory(output), elsewhere)
    if planned not in (None, contents):
        expected = "those of the run's plan"
        raise DataError(folder, "other files than when the run was planned", expected, "Repeat the command.")
    noted = Source(folder=folder, source=source, contents=contents, sha256=_listed(folder, output, elsewhere))
    with whole_file(output) as partial:
        partial.write_text(noted.model_dump_json(indent=1) + "\n", encoding="utf-8")


@contextmanager
def as_fetched(*sources: Path) -> Iterator[None]:
    """For a block that reads scans or labels: they are, before it and after it, what they were when they were fetched.

    sources: the `source.json` of each data set. Raises DataError for each data set that has changed.
    """
    read = {path: _read(path) for path in sources}
    _require_unchanged(read)
    yield
    _require_unchanged(read)


def _require_unchanged(sources: dict[Path, Source]) -> None:
    raise_together([fault for path, source in sources.items() for fault in _changes(path, source)])


def _changes(path: Path, source: Source) -> Iterator[DataError]:
    found = _listed(source.folder, path, [Path(name) for name in source.sha256 if os.path.isabs(name)])
    if changed := sorted({name for name, _ in found.items() ^ source.sha256.items()}):
        names = ", ".join(changed[:SHOWN]) + (", ..." if len(changed) > SHOWN else "")
        remedy = "Put the files back. If the change is meant, repeat the command: it is another data set then."
        if source.source != "folder":
            remedy = f"Remove {source.folder} and {path}, then repeat the command: it is made anew."
        what = f"{len(changed)} files that were changed, lost or added since the run began ({names})"
        yield DataError(source.folder, what, "the files that were fetched", remedy)


def _read(path: Path) -> Source:
    try:
        return Source.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        remedy = "Remove it, then repeat the command."
        raise DataError(path, "no whole list of what was fetched", "source.json", remedy) from None


def _listed(folder: Path, source: Path, elsewhere: Sequence[Path]) -> dict[str, str]:
    """Digests by names that JSON takes, whatever bytes a name is made of."""
    found = file_digests(folder, _memory(source), elsewhere)
    return {name.encode("utf-8", "backslashreplace").decode(): digest for name, digest in found.items()}


def _memory(source: Path) -> Path:
    return source.parents[1]  # where planning has its memory, too: work/datasets

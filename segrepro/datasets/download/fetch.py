"""Making a data set's scans available."""

import hashlib
import shutil
import sys
from pathlib import Path
from typing import Literal

from segrepro.datasets.download.archives import is_archive, unpack
from segrepro.datasets.download.dataverse import list_files
from segrepro.datasets.download.disk import alone, require_space
from segrepro.datasets.download.http import download
from segrepro.datasets.download.registry import LOCK, find_release, how_to_get, pin, pinned
from segrepro.datasets.download.transfer import RETRIES, RetryPolicy
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.releases.release import Release, SourceFile
from segrepro.datasets.replicas import ReplicaSettings, write_replica
from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_folder
from segrepro.utils.validation import Strict

LISTING = "(list of files)"


class Settings(Strict):
    """A data set, where it comes from and where it is to lie; title and access say what to get where it is missing.

    contents: the digest of a folder that was there when the run was planned.
    """

    name: str
    layout: str
    source: Literal["phantom", "download", "folder"]
    folder: Path
    title: str
    access: str
    release: str | None = None
    phantom: dict | None = None
    replica: ReplicaSettings | None = None
    contents: str | None = None


class WeightsSettings(Strict):
    """A file of pretrained weights by its name in the registry, and the folder that it is to lie in."""

    name: str
    folder: Path


def fetch_dataset(settings: Settings, workers: int = 1) -> None:
    """Write the phantom or replica, download, or see that the folder is there; what was written before is kept.

    Raises DataError when there is no such folder in the end, or as `fetch_release`.
    """
    folder = settings.folder
    if settings.source == "phantom" and not folder.is_dir():
        if settings.replica:
            write_replica(settings.release, folder, workers, **settings.replica.model_dump())
        else:
            write_phantom(settings.layout, folder, workers=workers, **settings.phantom)
    if settings.source == "download":
        fetch_release(*find_release(settings.release or settings.name, settings.layout), folder)
    if not folder.is_dir():
        raise DataError(folder, "no such folder", settings.title, settings.access)


def fetch_release(name: str, release: Release, folder: Path, lock: Path = LOCK, retries: RetryPolicy = RETRIES) -> None:
    """Bring a release into `folder`, complete or not at all; a folder that is there is kept.

    Archives are unpacked and removed, other files are kept as they are. Each file must fit the registry's checksum
    and, from the second time on, the sha256 in the lock file. Downloads that break off are kept beside the folder.
    Two jobs that want the same set take turns.
    Raises DataError: for a set on request with what to ask for and where to put it, else with what failed.
    """
    folder = Path(folder)
    if release.request and not folder.is_dir():
        raise DataError(folder, "no such folder", release.title, " ".join(how_to_get(release, folder)))
    with alone(folder):
        if not folder.is_dir():
            _fetch(name, release, folder, lock, retries)


def _fetch(name: str, release: Release, folder: Path, lock: Path, retries: RetryPolicy) -> None:
    for line in (release.title, f"from {release.page}", f"licence: {release.licence}", f"terms: {release.terms}"):
        print(line, file=sys.stderr, flush=True)
    parts = folder.with_name(f"{folder.name}.parts")
    files, pins = _files(name, release, lock, retries)
    # What is downloaded and what is made of it lie side by side for a while.
    require_space(folder, int(2.5 * _size(release, files)) - _bytes_in(parts))
    digests = {file.name: _download(file, parts, pins, retries) for file in files}
    _assemble(files, parts, folder)
    pin(name, {LISTING: _listing(files)} if release.dataverse else digests, lock)
    shutil.rmtree(parts)


def _files(name: str, release: Release, lock: Path, retries: RetryPolicy) -> tuple[list[SourceFile], dict[str, str]]:
    """The files of a release and the sha256 that were pinned for them."""
    pins = pinned(name, lock)
    if not release.dataverse:
        return release.files, pins
    files = list_files(release.dataverse, retries)
    if pins.get(LISTING, _listing(files)) != _listing(files):
        remedy = f"If the new one is wanted, remove {name} from {lock.name}."
        raise DataError(release.page, "another list of files than before", "the pinned one", remedy)
    return files, {}


def _size(release: Release, files: list[SourceFile]) -> int:
    """Bytes of all files together, as far as list or registry say; the user is told when they do not."""
    if not release.size_gb and not all(file.bytes for file in files):
        print("size unknown: the room on the disk is looked at file by file", file=sys.stderr, flush=True)
    return max(int(1e9 * (release.size_gb or 0)), sum(file.bytes or 0 for file in files))


def _listing(files: list[SourceFile]) -> str:
    lines = sorted(f"{file.name}\0{file.checksum}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _download(file: SourceFile, parts: Path, pins: dict[str, str], retries: RetryPolicy) -> str:
    checksums = [file.checksum] if file.checksum else []
    checksums += [f"sha256:{pins[file.name]}"] if file.name in pins else []
    return download(file.url, parts / file.name, checksums, file.bytes, retries)


def _assemble(files: list[SourceFile], parts: Path, folder: Path) -> None:
    with whole_folder(folder) as partial:
        for file in files:
            if is_archive(file.name):
                unpack(parts / file.name, partial)
                continue
            target = partial / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(parts / file.name, target)


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

"""Where data sets are downloaded from, and data.lock.yaml: what their files must be."""

import re
from pathlib import Path

from segrepro.datasets.download.disk import alone
from segrepro.datasets.releases import releases
from segrepro.datasets.releases.release import Release
from segrepro.utils.errors import ConfigError, nearest
from segrepro.utils.files import whole_file
from segrepro.utils.repository import REPOSITORY
from segrepro.utils.yaml_files import read_yaml

LOCK = REPOSITORY / "data.lock.yaml"
# OpenSSL derived its keys by MD5 up to 1.0 and by SHA-256 since, and releases differ in which they were encrypted with.
BAD_DECRYPT = (
    '"bad decrypt" means another password (copy it without blanks) or the other digest: put -md md5 in place of'
    ' -md sha256, or the other way round. "bad magic number" means a file that is not whole, or one that was encrypted'
    " with ccrypt."
)


def find_release(name: str, layout: str | None = None) -> tuple[str, Release]:
    """The name and release of a data set: the one of its name, else the usual source of its layout.

    >>> find_release("spleen", "msd")[0]
    'msd_spleen'
    """
    if name in releases():
        return name, releases()[name]
    for known, release in releases().items():
        if layout in release.layouts and not release.edition_of:
            return known, release
    raise ConfigError(
        f"data.{name}", "'download'", "a data set with a known source", nearest(name, releases()) + " Or give a folder."
    )


def download_folder(work: str | Path, name: str, release: Release) -> Path:
    """Where a downloaded data set lies.

    >>> download_folder("work", "atlas", releases()["atlas"]).as_posix()
    'work/downloads/atlas-R1.1'
    """
    return Path(work) / "downloads" / f"{name}-{release.version}"


def access_to(name: str) -> str:
    """Who gives a release out, and on what terms, for those who get a model that was trained on it.

    >>> access_to("chaos")
    'https://zenodo.org/records/3431873; licence: CC BY-NC-SA 4.0. Not for commercial use. Cite Kavur et al., ...'
    """
    release = releases()[name]
    return f"{release.page}; licence: {release.licence}. {release.terms}"


def how_to_get(release: Release, folder: Path) -> list[str]:
    """What to ask for, where to put it and how to unpack it, a sentence each."""
    commands = [f"{archive.name}: {'; '.join(archive.unpack)}." for archive in release.archives if archive.unpack]
    encrypted = any("openssl" in command for command in commands)
    return [
        release.request or "Run `data: download`, or take the files from the page.",
        f"The page: {release.page}.",
        f"Put it into {folder}.",
        *commands,
        *([BAD_DECRYPT] if encrypted else []),
        f"Licence: {release.licence}.",
        release.terms,
    ]


def pinned(name: str, lock: Path = LOCK) -> dict[str, str]:
    """The sha256 of each file of a release that was downloaded before, by the file's name."""
    return _read_lock(lock).get(name, {})


def pin(name: str, digests: dict[str, str], lock: Path = LOCK) -> None:
    """Add what was downloaded first to the lock file; several jobs may do so at once."""
    import yaml

    with alone(lock):
        content = _read_lock(lock)
        known = content.get(name, {})
        if digests.items() <= known.items():
            return
        content[name] = known | digests
        with whole_file(lock) as partial:
            head = "# sha256 of each downloaded file, pinned at its first download; keep this file in git.\n"
            partial.write_text(head + yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def _read_lock(lock: Path) -> dict[str, dict[str, str]]:
    content = read_yaml(lock) if lock.exists() else {}
    for name, files in content.items():
        if not isinstance(files, dict) or not all(re.fullmatch("[0-9a-f]{64}", str(d)) for d in files.values()):
            remedy = "Take the file from git again."
            raise ConfigError(f"{lock}: {name}", "no list of files and sha256", "file: 64 digits", remedy)
    return content

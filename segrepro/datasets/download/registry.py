"""registry.yaml and data.lock.yaml: where data sets come from, on what terms, and what their files must be."""

import re
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from pydantic import Field, field_validator, model_validator

from segrepro.datasets.download.disk import alone
from segrepro.utils.errors import ConfigError, nearest
from segrepro.utils.files import whole_file
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.repository import REPOSITORY
from segrepro.utils.validation import Strict, checked
from segrepro.utils.yaml_files import read_yaml

REGISTRY = Path(__file__).with_name("registry.yaml")
LOCK = REPOSITORY / "data.lock.yaml"
DIGITS = {"sha256": 64, "sha1": 40, "md5": 32}


class SourceFile(Strict):
    """A file to download."""

    url: str = Field(pattern=r"^https?://[^\s]+$")
    bytes: int | None = Field(None, ge=1)
    checksum: str | None = Field(None, description="algorithm:digits; without it pinned at the first download")
    path: str | None = Field(None, description="where in the data set's folder; only for what is no archive")

    @property
    def name(self) -> str:
        """The file's path below the data set's folder, or its name at the source."""
        return self.path or PurePosixPath(unquote(urlsplit(self.url).path)).name

    @field_validator("checksum")
    @classmethod
    def _checksum_is_whole(cls, text: str | None) -> str | None:
        algorithm, _, digits = (text or "").partition(":")
        if text and not (re.fullmatch("[0-9a-f]+", digits) and len(digits) == DIGITS.get(algorithm)):
            raise ValueError(repr(text), f"one of {', '.join(DIGITS)}, a colon and its digits", "Mend it.")
        return text


class Dataverse(Strict):
    """A data set on a Dataverse server, which lists its files and their checksums itself."""

    server: str = Field(pattern=r"^https?://[^\s]+$")
    doi: str


class Entry(Strict):
    """A data set (or weights) as it is published."""

    title: str
    version: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    layouts: list[str] = Field([], description="for which it is the usual source; its own name always finds it")
    page: str = Field(pattern=r"^https?://[^\s]+$")
    licence: str
    terms: str
    cases: int | None = Field(None, ge=1, description="none where it is weights")
    size_gb: float | None = Field(None, gt=0)
    request: str | None = None
    files: list[SourceFile] = []
    dataverse: Dataverse | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> "Entry":
        if sum(map(bool, (self.request, self.files, self.dataverse))) != 1:
            raise ValueError("none or several", "one of request, files and dataverse", "Keep one.")
        return self


class _Registry(Strict):
    entries: dict[str, Entry]


def load_registry(path: Path = REGISTRY) -> dict[str, Entry]:
    """Every entry by name; ConfigError when the file is faulty."""
    content = {"entries": read_yaml(path)}
    return checked(_Registry, content, KeyLocations(Layer(path.name, content))).entries


@cache
def registry() -> dict[str, Entry]:
    """The entries of segrepro's own registry."""
    return load_registry()


def weights_names() -> list[str]:
    """The entries that are weights.

    >>> weights_names()
    ['vgg16']
    """
    return [name for name, entry in registry().items() if entry.cases is None]


def find_entry(name: str, layout: str | None = None) -> tuple[str, Entry]:
    """The name and entry of a data set: the one of its name, else the usual source of its layout.

    >>> find_entry("spleen", "msd")[0]
    'msd_spleen'
    """
    if name in registry():
        return name, registry()[name]
    for known, entry in registry().items():
        if layout in entry.layouts:
            return known, entry
    raise ConfigError(
        f"data.{name}", "'download'", "a data set with a known source", nearest(name, registry()) + " Or give a folder."
    )


def download_folder(work: str | Path, name: str, entry: Entry) -> Path:
    """Where a downloaded data set lies.

    >>> download_folder("work", "atlas", registry()["atlas"]).as_posix()
    'work/downloads/atlas-R1.1'
    """
    return Path(work) / "downloads" / f"{name}-{entry.version}"


def access_to(release: str) -> str:
    """Who gives a release out, and on what terms, for those who get a model that was trained on it.

    >>> access_to("chaos")
    'https://zenodo.org/records/3431873; licence: CC BY-NC-SA 4.0. Not for commercial use. Cite Kavur et al., ...'
    """
    entry = registry()[release]
    return f"{entry.page}; licence: {entry.licence}. {entry.terms}"


def how_to_get(entry: Entry, folder: Path) -> str:
    """What to ask for, and where to put it: the remedy when a set that is given out on request is missing."""
    return f"{entry.request} The page: {entry.page}. Put it into {folder}."


def pinned(name: str, lock: Path = LOCK) -> dict[str, str]:
    """The sha256 of each file of an entry that was downloaded before, by the file's name."""
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

"""The files of pretrained weights that a config names, and what they are."""

import os
from pathlib import Path

from segrepro.datasets.download.registry import download_folder, find_release
from segrepro.datasets.folder_digest import file_digest
from segrepro.datasets.releases import weights_names
from segrepro.utils.errors import ConfigError, nearest
from segrepro.workflow.config.config import Config


def pretrained_files(config: Config) -> dict[str, str]:
    """The files of pretrained weights that the config names, by their SHA-256 digest.

    Raises ConfigError for one that is not there or is none of the files that are known.
    """
    return {weights_digest(name, config): _weights_file(name, config) for name in config.pretrained}


def weights_digest(name: str, config: Config) -> str:
    """The SHA-256 digest of pretrained weights; of those that are to be downloaded it is the publisher's.

    Raises ConfigError as `pretrained_files`.
    """
    file = _weights_file(name, config)
    if name not in weights_names():
        return file_digest(Path(file), Path(config.work, "datasets"))
    release = find_release(name)[1]
    published = release.files[0].checksum.partition(":")[2]
    if config.pretrained[name] == "download":
        return published
    found = file_digest(Path(file), Path(config.work, "datasets"))
    own = config.weights_sha256
    if not (found.startswith((published, *release.serve_too.values())) or found == (own or "").lower()):
        files = ", ".join([release.files[0].name, *release.serve_too])
        expected = own or f"one of the files that are known: {files}"
        remedy = f"Download it again or, if it is the file that you mean, set weights_sha256: {found}."
        raise ConfigError(config.place("pretrained", name), f"{file} with SHA-256 {found}", expected, remedy)
    return found


def _weights_file(name: str, config: Config) -> str:
    """The file of pretrained weights; one that is to be downloaded need not be there yet."""
    where, source = config.place("pretrained", name), config.pretrained[name]
    if name not in weights_names() and os.path.isfile(source):
        return source  # for a network of one's own
    if name not in weights_names():
        raise ConfigError(where, repr(name), "weights", nearest(name, weights_names()))
    if source == "download":
        release = find_release(name)[1]
        return str(download_folder(config.work, name, release) / release.files[0].name)
    if not os.path.isfile(source):
        raise ConfigError(where, f"no file {source!r}", "a file of weights", "Correct the path, or write download.")
    return source

"""Replicas: the files of a release as its owner finds them, with nothing real in them.

A replica has its release's tree, names, numbers of files, types, slopes, headers and known oddities; the images show a
round body with bright spots, enough to read, train a step and score, and nothing to learn from. What is not known of a
release is made up here and said in the module. A replica is a module beside this one with the name of its release, and
`write(folder, settings, workers)`; names that begin with `_` are of modules that help.
"""

from importlib import import_module
from pathlib import Path

from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.errors import ConfigError, DataError, nearest
from segrepro.utils.files import whole_folder
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.modules import modules_in
from segrepro.utils.validation import checked

__all__ = ["ReplicaSettings", "replica_names", "write_replica"]


def replica_names() -> tuple[str, ...]:
    """The releases that have a replica.

    >>> "isles2018" in replica_names()
    True
    """
    return modules_in(__path__)


def write_replica(release: str, folder: str | Path, workers: int = 1, **settings) -> None:
    """Write the replica of a release, complete or not at all.

    settings: those of `ReplicaSettings`. Raises ConfigError for an unknown release or setting, DataError when the
    folder already holds something.
    """
    if release not in replica_names():
        raise ConfigError("replica", repr(release), "the name of a release", nearest(release, replica_names()))
    chosen, folder = checked(ReplicaSettings, settings, KeyLocations(Layer("replica", settings))), Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(folder, "a folder in use", "a new or empty folder", "Choose another folder.")
    replica = import_module(f"segrepro.datasets.replicas.{release}")
    with whole_folder(folder) as partial:
        replica.write(partial, chosen, workers)

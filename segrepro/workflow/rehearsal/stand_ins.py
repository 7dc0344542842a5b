"""What stands in for data and weights that are not at hand: replicas of their releases, in full size."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from segrepro.datasets.releases import releases
from segrepro.datasets.replicas import replica_names, write_replica
from segrepro.utils.errors import ConfigError
from segrepro.workflow.config.config import Config
from segrepro.workflow.config.load import load_studies
from segrepro.workflow.config.study import DatasetSpec, Study

SCANS, PICTURES = 4, 6  # of each part of a release; a picture is one slice


def with_weights(config: Config, folder: Path, shrink: int = 1) -> Config:
    """The config with a stand-in for each file of pretrained weights that its experiments want and it does not name."""
    wanted = {study.experiments[key].pretrained for study, key in _chosen(config)} - {None, *config.pretrained}
    files = {name: str(min(_replica(name, folder, 0, shrink).iterdir())) for name in sorted(wanted)}
    return config.model_copy(update={"pretrained": config.pretrained | files})


def with_data(config: Config, folder: Path, shrink: int = 1) -> Config:
    """The config with a folder for each data set of its experiments: the user's own, or the replica of its release.

    shrink: how many times smaller the replicas' sides are than the release's. Raises ConfigError for a data set without
    either.
    """
    folders = {}
    for study, key in _chosen(config):
        name = study.resolved[key].dataset
        spec = study.datasets[name]
        folders[name] = has_own_data(name, spec, config) or str(_stand_in(name, spec, config, folder, shrink))
    return config.model_copy(update={"data": folders})


def has_own_data(name: str, spec: DatasetSpec, config: Config) -> str | None:
    """The folder of a data set that the config or the study names; None for one that is drawn or to be downloaded."""
    given = config.data if isinstance(config.data, str) else config.data.get(name, spec.folder or "phantom")
    return None if given in ("phantom", "download") else given


def _stand_in(name: str, spec: DatasetSpec, config: Config, folder: Path, shrink: int) -> Path:
    release = _whole_edition(spec)
    if release is None:
        raise ConfigError(config.place("data"), f"nothing for {name}", "its folder", "Name it: data: {...: DIR}.")
    pictures = spec.preparation.get("slices") == "none" or spec.layout == "isic2017"
    return _replica(release, folder, PICTURES if pictures else SCANS, shrink)


def _whole_edition(spec: DatasetSpec) -> str | None:
    """The edition of a data set's release that has a replica and lacks no modality; None without any."""
    wanted = spec.release
    editions = [name for name, one in releases().items() if wanted and wanted in (name, one.edition_of)]
    has_all = [
        name
        for name in editions
        if name in replica_names() and not any(one.lacks for one in releases()[name].sets if one.layout == spec.layout)
    ]
    return has_all[0] if has_all else None


def _replica(release: str, folder: Path, cases: int, shrink: int) -> Path:
    """The folder of a release's replica, which is written if it is not there."""
    path = folder / "replicas" / f"{release}-{shrink}"
    if not path.exists():
        print(f"writing the replica of {release}", flush=True)
        # In a process of its own: a job's peak counts what the process that started it has held.
        writing = partial(write_replica, release, path, cases=cases or None, shrink=shrink)
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            apart.submit(writing).result()
    return path


def _chosen(config: Config) -> Iterator[tuple[Study, str]]:
    for study in load_studies(config).values():
        yield from ((study, key) for key in study.chosen(config.experiments))

"""Curves of a training in TensorBoard or MLflow while it runs; on this machine alone unless a URI is given."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel

from segrepro.training.settings import Settings
from segrepro.utils.errors import ConfigError
from segrepro.utils.locks import wait_for_lock
from segrepro.utils.validation import Strict

# The environment variable that holds `Track` for jobs: where curves go changes no result, so nothing is made again.
TRACK = "SEGREPRO_TRACK"
PACKAGES = {"tensorboard": "tensorboard", "mlflow": "mlflow"}
LONGEST = 500  # characters of a parameter that every MLflow server takes
Picture = Callable[[], np.ndarray]


class Track(Strict):
    """Where curves go: kind of tool, a folder of this machine, and for MLflow the URI of a server; "" for none."""

    kind: Literal["tensorboard", "mlflow"]
    folder: str
    uri: str = ""


def missing_tracker(kind: str | None) -> list[ConfigError]:
    """The fault that a tool is not installed, if it is not."""
    if kind is None or find_spec(PACKAGES[kind]):
        return []
    remedy = "Install it: pip install 'segrepro[track]' -c constraints.txt."
    return [ConfigError("track", f"no package {PACKAGES[kind]}", f"it for track: {kind}", remedy)]


class Tracker:
    """Nowhere for curves to go: what is told is forgotten."""

    def epoch(self, row: dict[str, float], seconds: float, picture: Picture | None = None) -> None:
        """Tell the losses, scores and learning rate of an epoch, and the seconds so far. picture: (H, W, 3) uint8."""

    def close(self) -> None:
        """Tell what is left to be told."""


class TensorBoard(Tracker):
    """A folder of events for each fold of a run: tensorboard --logdir work/tracking/tensorboard."""

    def __init__(self, track: Track, settings: Settings):
        self._folder = Path(track.folder, "tensorboard", settings.study, f"{settings.name}-{settings.run_hash}")
        self._settings, self._writer = settings, None

    def epoch(self, row: dict[str, float], seconds: float, picture: Picture | None = None) -> None:
        """Add a point to each curve. What a killed training had told beyond its checkpoint goes."""
        from torch.utils.tensorboard import SummaryWriter

        number = int(row["epoch"])
        if self._writer is None:
            self._writer = SummaryWriter(str(self._folder), purge_step=number)
            rows = [f"| {key} | {value} |" for key, value in _parameters(self._settings).items()]
            self._writer.add_text("settings", "\n".join(["| key | value |", "|---|---|", *rows]), number)
        for name, value in _curves(row, seconds).items():
            self._writer.add_scalar(name, value, number)
        if picture:
            self._writer.add_image("validation", picture(), number, dataformats="HWC")
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        if self._writer:
            self._writer.close()


class Mlflow(Tracker):
    """A run of MLflow for each fold of a run, found again by its hash; an experiment for each study."""

    def __init__(self, track: Track, settings: Settings):
        from mlflow import MlflowClient

        folder = Path(track.folder).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:  # trainings side by side would make the database twice
            wait_for_lock(lock)
            self._client = MlflowClient(tracking_uri=track.uri or f"sqlite:///{folder / 'mlflow.db'}")
            artifacts = None if track.uri else (folder / "mlflow").as_uri()
            self._run = _run_of(self._client, settings, artifacts)

    def epoch(self, row: dict[str, float], seconds: float, picture: Picture | None = None) -> None:
        """Add a point to each curve."""
        for name, value in _curves(row, seconds).items():
            self._client.log_metric(self._run, name, value, step=int(row["epoch"]))
        if picture:
            self._client.log_image(self._run, picture(), key="validation", step=int(row["epoch"]))

    def close(self) -> None:
        """Say that the run is finished."""
        self._client.set_terminated(self._run)


def _run_of(client: object, settings: Settings, artifacts: str | None) -> str:
    """The id of the run of a fold: the one that it had before it was killed, else a new one."""
    known = client.get_experiment_by_name(settings.study)
    experiment = known.experiment_id if known else client.create_experiment(settings.study, artifacts)
    tags = {"hash": settings.run_hash, "fold": str(settings.fold)}
    former = client.search_runs([experiment], f"tags.hash = '{settings.run_hash}'", max_results=1)
    if former:
        return former[0].info.run_id
    made = client.create_run(experiment, tags=tags, run_name=f"{settings.name} fold {settings.fold}")
    for key, value in _parameters(settings).items():
        client.log_param(made.info.run_id, key, value)
    return made.info.run_id


def _curves(row: dict[str, float], seconds: float) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if name != "epoch"} | {"seconds": seconds}


def _parameters(settings: BaseModel) -> dict[str, str]:
    """The settings of a training, one value a key: recipe.optimiser.lr."""

    def flat(value: object, above: str) -> Iterator[tuple[str, str]]:
        for key, inner in value.items() if isinstance(value, dict) else ():
            yield from flat(inner, f"{above}.{key}" if above else str(key))
        if not isinstance(value, dict):
            yield above, str(value)[:LONGEST]

    return dict(flat(settings.model_dump(mode="json"), ""))


@contextmanager
def tracking(settings: Settings) -> Iterator[Tracker]:
    """Where the curves of a training go, as the workflow says in the environment; nowhere where it says nothing."""
    given = os.environ.get(TRACK)
    track = Track.model_validate(json.loads(given)) if given else None
    kinds = {"tensorboard": TensorBoard, "mlflow": Mlflow}
    tracker = kinds[track.kind](track, settings) if track else Tracker()
    try:
        yield tracker
    finally:
        tracker.close()

"""What the rehearsal of an experiment measured, on disk; and the parts of a run that its costs depend on."""

from pathlib import Path

from pydantic import ValidationError

from segrepro.training.settings import Settings
from segrepro.utils.files import whole_file
from segrepro.utils.validation import Strict
from segrepro.workflow.plan.runs import digest

FOLDER, MEASURED = "rehearsal", "measured"  # below `work`, and below that


class Preparing(Strict):
    """Of one case: its preparation, features and arrays. slices: of a case, on average."""

    seconds: float
    bytes: float
    slices: float
    peak_mb: int


class Rehearsed(Strict):
    """Of one experiment.

    key: see `costs_key`. device: that it ran on. micro_batch_size: images that passed at once, if not the whole batch
    that the recipe says. step_seconds: of one optimiser step; validation_seconds: of one slice. peak_mb: host memory
    of the training, gpu_mb: of the GPU. prediction and scoring: of one case. resumed_at: the step at which the
    training went on after it was killed; None for a method that takes no steps. load: of the machine, afterwards.
    """

    study: str
    experiment: str
    key: str
    device: str
    micro_batch_size: int | None
    steps: int
    resumed_at: int | None
    step_seconds: float
    validation_seconds: float
    train_mb: int
    gpu_mb: int | None
    predict_seconds: float
    predict_mb: int
    score_seconds: float
    score_mb: int
    checkpoint_bytes: int
    model_bytes: int
    prediction_bytes: int
    seconds: float
    load: float
    preparing: Preparing


def costs_key(settings: Settings) -> str:
    """A hash of what a training's time and memory depend on, whatever its data, seed or fold."""
    kept = ("study", "network", "options", "task", "task_options", "loss", "loss_options", "recipe", "inputs")
    values = settings.model_dump(mode="json", include=set(kept))
    return digest(values, settings.preparation.size, settings.neighbours, settings.device)


def write_rehearsed(folder: Path, found: Rehearsed) -> None:
    """Write what was measured of an experiment, complete or not at all."""
    with whole_file(folder / MEASURED / f"{found.study}-{found.experiment}.json") as partial:
        partial.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_rehearsed(folder: Path) -> list[Rehearsed]:
    """What was measured of every experiment in a folder; what is damaged is left out."""
    found = []
    for path in sorted(folder.glob(f"{MEASURED}/*.json")):
        try:
            found.append(Rehearsed.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            continue
    return found

"""What a trained model is and what it takes: its card, checked when it is read, and as lines to read."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field

from segrepro.preprocessing.preparation import IntensityRange
from segrepro.training.settings import Checkpoint, Trained, TrainingData
from segrepro.training.tasks import list_tasks
from segrepro.utils.errors import ModelError, raise_together
from segrepro.utils.files import require_regular
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import Strict, faults_of

LICENCE = "Apache-2.0 (code and weights)"
REMEDY = "Copy the whole model folder again, or train the model again."
SHOWN = 80  # characters of a value that does not belong
LONGEST_SIDE = 8192  # of a slice, in pixels; no network of today sees more

Triple = tuple[float, float, float]


class SpacingRange(Strict):
    """Smallest and largest spacing (S, H, W) of the training's scans, in mm."""

    low: Triple
    high: Triple


class Parameters(Strict):
    """Numbers of a network's parameters: those that are trained, and all with the statistics of batch norms."""

    trainable: int
    total: int
    at_full_width: int | None


class Provenance(Strict):
    """Where and with what a model was trained; see `segrepro.utils.provenance`."""

    commit: str
    versions: dict[str, str]
    machine: dict[str, str | int | None]


class NnunetPlan(Strict):
    """How nnU-Net prepared scans and trained, in place of what the card says of both.

    budget: when its training ended, in words. patch_size, spacing_mm: in its order of axes, that between slices first
    in 3D. normalization: of each channel. network: its class.
    """

    version: str
    configuration: str
    budget: str
    batch_size: int
    patch_size: list[int]
    spacing_mm: list[float]
    normalization: list[str]
    network: str


class ModelCard(Trained):
    """A trained model's description, `model.json` beside its weights.

    channels: of the network. modalities: whose files a prediction reads, first the one whose grid counts.
    training_intensities: smallest and largest of each of a channel's values over the scans of the training. best_epoch:
    counted from 1. validation: the scores of that epoch. sha256: digests of the files of weights, best and last.
    peak_memory_mb, peak_gpu_memory_mb: the most that the training held; None in older cards, the second on a CPU too.
    """

    in_channels: int = Field(ge=1)
    out_channels: int = Field(ge=1)
    channels: list[str] = Field(min_length=1)
    pretrained_sha256: str | None
    modalities: list[str] = Field(min_length=1)
    training_spacing_mm: SpacingRange
    training_intensities: dict[str, tuple[IntensityRange, IntensityRange]]
    parameters: Parameters
    best_epoch: int
    epochs: int
    validation: dict[str, Annotated[float, Field(allow_inf_nan=True)]]
    training_seconds: float
    waiting_for_data_seconds: float
    device: str
    peak_memory_mb: int | None = None
    peak_gpu_memory_mb: int | None = None
    provenance: Provenance
    sha256: dict[Checkpoint, str] = Field(min_length=2)
    nnunet: NnunetPlan | None = Field(None, exclude_if=lambda plan: plan is None)

    @property
    def makes_images_only(self) -> bool:
        """Whether the model makes an image and segments nothing."""
        return list_tasks()[self.task].image_loss

    @property
    def takes_pictures(self) -> bool:
        """Whether the model is one of pictures; else it is one of volumes."""
        return self.preparation.slices == "none"


def parse_card(path: Path) -> ModelCard:
    """The card in a file. Raises ModelError, a line a key, when it is missing, damaged or not whole."""
    try:
        require_regular(path)
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ModelError(path, "no such file", "the model's card", "Copy the whole model folder.") from None
    except OSError as error:
        found = f"nothing to read ({error.strerror.lower()})"
        raise ModelError(path, found, "the model's card", "Check the path.") from None
    except (ValueError, RecursionError):
        raise ModelError(path, "text that is not JSON", "the model's card", REMEDY) from None
    if not isinstance(content, dict):
        raise ModelError(path, f"{type(content).__name__}", "keys and values", REMEDY)
    faults = faults_of(ModelCard, content, KeyLocations(Layer(str(path), content)))
    raise_together([ModelError(one.where, one.found[:SHOWN], one.expected, REMEDY) for one in faults])
    card = ModelCard.model_validate(content)
    wanted = len(card.channels) * (2 * card.neighbours + 1)
    if card.in_channels != wanted:
        where, found = f"{path}: in_channels", str(card.in_channels)
        raise ModelError(where, found, f"{wanted}, the number of channels", REMEDY)
    if strange := [value for value in card.dataset.labels if not 0 < int(value) < 256]:
        raise ModelError(f"{path}: dataset.labels", str(strange[0])[:SHOWN], "values from 1 to 255", REMEDY)
    if (side := max(card.preparation.size)) > LONGEST_SIDE:
        raise ModelError(f"{path}: preparation.size", str(side)[:SHOWN], f"at most {LONGEST_SIDE}", REMEDY)
    return card


def describe(card: ModelCard) -> dict[str, str]:
    """Heading to text: network, inputs, labels, training data, scores, licence."""
    options = ", ".join(f"{name} {value}" for name, value in card.options.items())
    preparation = card.preparation.model_dump(mode="json", exclude_none=True)
    kind = "pictures" if card.takes_pictures else "volumes, slice by slice"
    return {
        "model": f"{card.name} of study {card.study}, fold {card.fold}, protocol {card.protocol}",
        "network": f"{card.network}{f' ({options})' if options else ''}",
        "parameters": f"{card.parameters.trainable:,} trained",
        "inputs": f"{', '.join(card.modalities)}; {kind}",
        "preparation": ", ".join(f"{key} {value}" for key, value in preparation.items()),
        **({} if card.takes_pictures else {"spacing": _spacing(card.training_spacing_mm)}),
        "intensities": ", ".join(
            f"{channel} {a.low:.4g} to {b.high:.4g}" for channel, (a, b) in card.training_intensities.items()
        ),
        "labels": ", ".join(f"{value} {name}" for value, name in card.dataset.labels.items()),
        "training data": _data(card.dataset),
        "training": f"{card.epochs} epochs, best {card.best_epoch}, {card.training_seconds:.0f} s on "
        f"{card.device}, seed {card.seed}",
        "validation scores": _scores(card.validation),
        "made with": f"commit {card.provenance.commit}, segrepro {card.provenance.versions.get('segrepro', 'unknown')}",
        "licence": f"{LICENCE}; the training data has terms of its own: {card.dataset.access}",
    }


def _scores(row: dict[str, float]) -> str:
    scores = {name.removeprefix("validation_"): v for name, v in row.items() if name.startswith("validation_")}
    return ", ".join(f"{name} {value:.4g}" for name, value in scores.items()) or "none recorded"


def _spacing(trained: SpacingRange) -> str:
    """Ranges in mm, between slices, rows and columns."""
    ranges = [f"{a:.3g}" if a == b else f"{a:.3g}-{b:.3g}" for a, b in zip(trained.low, trained.high)]
    return " x ".join(ranges) + " mm (slices, rows, columns)"


def _data(dataset: TrainingData) -> str:
    phantom = "; synthetic scans, so it has learnt nothing about patients" if dataset.source == "phantom" else ""
    return f"{dataset.title} (version {dataset.version}{phantom})"

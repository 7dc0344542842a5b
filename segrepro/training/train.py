"""One fold of an experiment: from prepared cases and folds to a trained model."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from segrepro.datasets.label_map import IGNORED
from segrepro.images.scans import COLOURED, SERIES
from segrepro.losses import loss_info
from segrepro.losses.weight_maps import inverse_frequencies
from segrepro.networks import build_network, count_at_full_width, count_parameters
from segrepro.networks.initialise import initialise
from segrepro.networks.own_weights import load_own_weights
from segrepro.networks.vgg_weights import load_pretrained
from segrepro.preprocessing.preparation import IntensityRange, PreparedCase
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.training.model import Model, digests, weights_content
from segrepro.training.model_card import ModelCard, NnunetPlan, Parameters, Provenance, SpacingRange
from segrepro.training.picture import validation_picture
from segrepro.training.processes import process_count
from segrepro.training.settings import Checkpoint, Settings, Trained
from segrepro.training.slices import Slices
from segrepro.training.state import TrainingState
from segrepro.training.tasks import build_task
from segrepro.training.tasks.base import Task
from segrepro.training.track import Tracker
from segrepro.training.trainer import OnEpoch, Trainer
from segrepro.training.trial import try_last_batch
from segrepro.utils.devices import peak_gpu_memory_mb
from segrepro.utils.errors import DataError
from segrepro.utils.memory import peak_memory_mb
from segrepro.utils.own_code import is_own, planned_contents
from segrepro.utils.provenance import current_provenance

SLICES_AT_ONCE = 64


@dataclass(frozen=True)
class TrainedModel:
    """What a training gives: the content of its files of weights, its card, a row of scores for each epoch, and the
    files of its own code, by path.
    """

    weights: dict[Checkpoint, bytes]
    card: ModelCard
    history: list[dict]
    code: dict[str, bytes]


def train(
    settings: Settings,
    cases: PreparedCases,
    folds: pd.DataFrame,
    checkpoints: Path,
    device: torch.device,
    first_model: Model | None = None,
    on_epoch: OnEpoch = lambda history: None,
    tracker: Tracker | None = None,
) -> TrainedModel:
    """Train one experiment on one fold; goes on from the newest checkpoint, if there is one of this training.

    folds: of `read_folds`. checkpoints: the folder they are kept in. first_model: what the network is built upon, for
    settings with `init_from`. on_epoch: called with the history so far, at the end of each epoch. tracker: told of each
    epoch. Raises DataError when the fold has no case to train or to validate on, ConfigError when code of one's own is
    no longer what was planned with, or cannot be trained on the last batch.
    """
    code = planned_contents([settings.network, settings.loss], settings.own_code)
    learned, validation = (part_slices(cases, folds, settings, part) for part in ("train", "validation"))
    try_last_batch(settings, _in_channels(settings, cases), len(learned))
    learned.augmentation = settings.recipe.augmentation
    torch.manual_seed(settings.seed)
    network = new_network(settings, _in_channels(settings, cases))
    if hasattr(network, "fit"):
        row = {"epoch": 0, "step": 0} | network.fit(learned, validation)
        state = TrainingState(epoch=1, best_epoch=0, best_weights=network.state_dict(), history=[row])
    else:
        task = _task(settings, network, learned, first_model, device)
        recipe, run_hash = settings.recipe, settings.run_hash
        trainer = Trainer(task, learned, validation, recipe, settings.seed, checkpoints, run_hash, on_epoch)
        if tracker:
            trainer.on_epoch = partial(_tell, tracker, trainer, on_epoch)
        state = trainer.run()
    states: dict[Checkpoint, dict] = {"best": state.best_weights, "last": network.state_dict()}
    weights = {checkpoint: weights_content(state) for checkpoint, state in states.items()}
    seen = learned_cases(cases, folds, settings)
    card = new_card(settings, cases, seen, network, state, device, weights)
    return TrainedModel(weights, card, state.history, code)


def _tell(tracker: Tracker, trainer: Trainer, on_epoch: OnEpoch, history: list[dict]) -> None:
    """Hand on an epoch, and tell a tracker of it."""
    on_epoch(history)
    picture = partial(validation_picture, trainer.task, trainer.validation)
    tracker.epoch(history[-1], trainer.progress.seconds, picture)


def part_slices(cases: PreparedCases, folds: pd.DataFrame, settings: Settings, part: str) -> Slices:
    """The slices of a fold's train, validation or test part, in the order of the folds."""
    rows = _rows(folds, settings, part)
    if rows.empty:
        found = f"no case in part {part} of fold {settings.fold}"
        raise DataError(settings.name, found, "at least one", "Give more cases or fewer folds.")
    names, target = rows["case"].tolist(), settings.target
    images = [[cases.array(name, channel) for name in names] for channel in input_channels(settings, cases)]
    return Slices(
        images,
        [cases.array(name, "label") for name in names],
        [cases.array(name, target) for name in names] if target else None,
        [list(map(int, chosen.split())) or None for chosen in rows["slices"]],
        settings.dataset.label_map,
        neighbours=settings.neighbours,
    )


def learned_cases(cases: PreparedCases, folds: pd.DataFrame, settings: Settings) -> list[PreparedCase]:
    """The records of the cases that a fold learns from."""
    return [cases.record(name) for name in _rows(folds, settings, "train")["case"]]


def _rows(folds: pd.DataFrame, settings: Settings, part: str) -> pd.DataFrame:
    return folds[(folds["fold"] == settings.fold) & (folds["part"] == part)]


def input_channels(settings: Settings, cases: PreparedCases) -> list[str]:
    """The network's channels: the inputs named by the experiment, else all images but the target."""
    return settings.inputs or [channel for channel in cases.records[0].channels if channel != settings.target]


def _in_channels(settings: Settings, cases: PreparedCases) -> int:
    return len(input_channels(settings, cases)) * (2 * settings.neighbours + 1)


def new_network(settings: Settings, in_channels: int) -> torch.nn.Module:
    """The network as it is before the first step, but for the recipe's initialisation."""
    network = build_network(settings.network, in_channels, settings.out_channels, **settings.options)
    if settings.pretrained_sha256:
        load = load_own_weights if is_own(settings.network) else load_pretrained
        load(network, settings.pretrained_sha256)
    return network


def _task(
    settings: Settings, network: torch.nn.Module, learned: Slices, first_model: Model | None, device: torch.device
) -> Task:
    recipe = settings.recipe
    initialise(network, recipe.initialisation)
    if recipe.batch_norm_momentum is not None:
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = recipe.batch_norm_momentum
    loss_options = dict(settings.loss_options)
    if "class_weights" in loss_info(settings.loss).options and "class_weights" not in loss_options:
        loss_options["class_weights"] = class_weights(learned, max(2, settings.out_channels))
    options = dict(settings.task_options)
    if first_model:
        options["synthesis"] = first_model.network.state_dict()
    return build_task(settings.task, network, settings.loss, recipe, device, loss_options, **options)


def class_weights(learned: Slices, classes: int) -> list[float]:
    """Inverse frequency of each class over the training slices, divided by their sum; 0 for a class not there."""
    counts = np.zeros(classes)
    for batch in learned.in_order(SLICES_AT_ONCE):
        counts += np.bincount(batch.labels[batch.labels != IGNORED], minlength=classes)[:classes]
    return inverse_frequencies(counts).tolist()


def new_card(
    settings: Settings,
    cases: PreparedCases,
    seen: list[PreparedCase],
    network: torch.nn.Module,
    state: TrainingState,
    device: torch.device,
    weights: dict[Checkpoint, bytes],
    nnunet: NnunetPlan | None = None,
) -> ModelCard:
    """The card of a trained network. seen: the cases that it learned from. weights: the content of its files."""
    trainable, total = count_parameters(network)
    channels = input_channels(settings, cases)
    out_channels, in_channels = settings.out_channels, _in_channels(settings, cases)
    full = count_at_full_width(settings.network, in_channels, out_channels, **settings.options)
    return ModelCard(
        **{key: getattr(settings, key) for key in Trained.model_fields},
        in_channels=in_channels,
        out_channels=out_channels,
        channels=channels,
        pretrained_sha256=settings.pretrained_sha256,
        modalities=_modalities_needed(settings, cases),
        training_spacing_mm=_spacing_range(seen),
        training_intensities=_intensity_ranges(seen),
        parameters=Parameters(trainable=trainable, total=total, at_full_width=full),
        best_epoch=state.best_epoch + 1,
        epochs=state.epoch,
        validation=state.history[state.best_epoch] if state.history else {},
        training_seconds=round(state.seconds, 1),
        waiting_for_data_seconds=round(state.waited, 2),
        device=_device_name(device),
        peak_memory_mb=max(state.peak_memory_mb, peak_memory_mb()),
        peak_gpu_memory_mb=None if device.type == "cpu" else max(state.peak_gpu_memory_mb, peak_gpu_memory_mb(device)),
        provenance=Provenance(**current_provenance()),
        sha256=digests(weights),
        nnunet=nnunet,
    )


def _device_name(device: torch.device) -> str:
    name = str(device) if device.type == "cpu" else torch.cuda.get_device_name(device)
    return name if process_count() == 1 else f"{process_count()} x {name}"


def _modalities_needed(settings: Settings, cases: PreparedCases) -> list[str]:
    """The modalities whose files a prediction reads: those that are channels, and those that features are made of."""
    channels = input_channels(settings, cases)
    needed = [name for name in cases.records[0].images if name in channels or name == COLOURED]
    made_of = [feature.settings.get("of", SERIES) for feature in settings.features]
    return list(dict.fromkeys([*needed, *made_of]))


def _spacing_range(seen: list[PreparedCase]) -> SpacingRange:
    """Smallest and largest spacing seen, to recognise a scan that the model was not made for."""
    axes = list(zip(*(record.spacing_mm for record in seen)))
    return SpacingRange(low=tuple(map(min, axes)), high=tuple(map(max, axes)))


def _intensity_ranges(seen: list[PreparedCase]) -> dict[str, tuple[IntensityRange, IntensityRange]]:
    """Smallest and largest of each value of each channel's scans, for the same end."""
    ranges = {}
    for channel in seen[0].intensities:
        found = [record.intensities[channel].model_dump() for record in seen]
        ends = ({key: end(one[key] for one in found) for key in found[0]} for end in (min, max))
        ranges[channel] = tuple(IntensityRange(**values) for values in ends)
    return ranges

"""One training run as the workflow calls it: from prepared arrays and folds to a model on disk."""

from pathlib import Path

import numpy as np
import torch

from segrepro.datasets.folds import read_folds
from segrepro.images.scans import COLOURED, SERIES
from segrepro.losses import list_losses
from segrepro.networks import build_network, count_at_full_width, count_parameters
from segrepro.networks.initialise import initialise
from segrepro.networks.vgg_weights import load_pretrained
from segrepro.preprocessing.prepared_cases import PreparedCases, open_prepared
from segrepro.training import threshold
from segrepro.training.checkpoint import only_process
from segrepro.training.model import load_model, save_model
from segrepro.training.recipe import Recipe
from segrepro.training.slices import IGNORED, Slices
from segrepro.training.tasks import build_task
from segrepro.training.tasks.base import Task
from segrepro.training.trainer import Training
from segrepro.utils.devices import choose_device, make_deterministic
from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_file
from segrepro.utils.provenance import provenance

SLICES_AT_ONCE = 64


def train_run(settings: dict, folds: Path, prepared: list[Path], start: list[Path], output: Path) -> None:
    """Train one experiment on one fold and write the model, its card and its history into `output`.

    settings: what Plan.run_settings gives. start: the weights of the model that this one is built upon, if it is.
    Goes on from the newest checkpoint in output/checkpoint if there is one.
    """
    make_deterministic(settings["threads"])
    device = choose_device(settings["device"])
    cases = open_prepared(prepared)
    recipe = Recipe.model_validate(settings["recipe"])
    train, validation = (part_slices(cases, folds, settings, part) for part in ("train", "validation"))
    train.augmentation = recipe.augmentation
    with only_process(output / "checkpoint"):
        torch.manual_seed(settings["seed"])
        network = _network(settings, cases)
        if settings["task"] == "threshold":
            progress = threshold.fit(network, train, validation)
        else:
            task = _task(settings, network, recipe, train, start, device)
            run_hash = f"{settings['hash']}-fold{settings['fold']}"
            progress = Training(
                task, train, validation, recipe, settings["seed"], output / "checkpoint", run_hash
            ).run()
    _write_history(output / "history.csv", progress.history)
    card = _card(settings, cases, network, progress, device)
    save_model(output, progress.best_weights, network.state_dict(), card)


def _task(settings: dict, network: torch.nn.Module, recipe: Recipe, train: Slices, start: list[Path], device) -> Task:
    initialise(network, recipe.initialisation)
    if recipe.batch_norm_momentum is not None:
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = recipe.batch_norm_momentum
    loss_options = dict(settings["loss_options"])
    if "class_weights" in list_losses()[settings["loss"]].options:
        loss_options["class_weights"] = class_weights(train, _out_channels(settings))
    options = dict(settings["task_options"])
    if start:
        options["synthesis"] = load_model(start[0]).network.state_dict()
    return build_task(settings["task"], network, settings["loss"], recipe, device, loss_options, **options)


def part_slices(cases: PreparedCases, folds: Path, settings: dict, part: str) -> Slices:
    """The slices of a fold's train, validation or test part, in the order of the fold file."""
    table, fold = read_folds(folds), settings["fold"]
    rows = table[(table["fold"] == fold) & (table["part"] == part)]
    if rows.empty:
        raise DataError(
            folds, f"no case in part {part} of fold {fold}", "at least one", "Give more cases or fewer folds."
        )
    names, target = rows["case"].tolist(), settings["target"]
    images = [[cases.array(name, role) for name in names] for role in roles_of(cases, settings)]
    return Slices(
        images,
        [cases.array(name, "label") for name in names],
        [cases.array(name, target) for name in names] if target else None,
        [list(map(int, chosen.split())) or None for chosen in rows["slices"]],
        _label_values(settings["dataset"]),
    )


def _label_values(dataset: dict) -> np.ndarray:
    """The label that each stored value stands for: 1, 2, ... in the order of `labels`, 255 where nothing is learned."""
    values = np.zeros(256, np.uint8)
    for number, value in enumerate(dataset["labels"], 1):
        values[int(value)] = number
    if dataset["ignore_label"] is not None:
        values[dataset["ignore_label"]] = IGNORED
    return values


def roles_of(cases: PreparedCases, settings: dict) -> list[str]:
    """The network's channels: the inputs named by the experiment, else all images but the target."""
    return settings["inputs"] or [role for role in cases.records[0]["roles"] if role != settings["target"]]


def _network(settings: dict, cases: PreparedCases) -> torch.nn.Module:
    channels = len(roles_of(cases, settings))
    network = build_network(settings["network"], channels, _out_channels(settings), **settings["options"])
    if "pretrained_sha256" in settings:
        load_pretrained(network, settings["pretrained_sha256"])
    return network


def _out_channels(settings: dict) -> int:
    """One channel for an image or a single label's sigmoid, else a softmax over background and labels."""
    labels = len(settings["dataset"]["labels"])
    single = labels == 1 and settings["outputs"] == "sigmoid"
    return 1 if single or list_losses()[settings["loss"]].output == "image" else labels + 1


def class_weights(train: Slices, classes: int) -> list[float]:
    """Inverse frequency of each class over the training slices, divided by their sum; 0 for a class not there."""
    counts = np.zeros(classes)
    for batch in train.in_order(SLICES_AT_ONCE):
        counts += np.bincount(batch.labels[batch.labels != IGNORED], minlength=classes)[:classes]
    weights = np.divide(1.0, counts, out=np.zeros(classes), where=counts > 0)
    return (weights / weights.sum()).tolist()


def _card(settings: dict, cases: PreparedCases, network: torch.nn.Module, progress, device: torch.device) -> dict:
    trainable, total = count_parameters(network)
    channels = (len(roles_of(cases, settings)), _out_channels(settings))
    full = count_at_full_width(settings["network"], *channels, **settings["options"])
    kept = (
        "study",
        "experiment",
        "name",
        "protocol",
        "fold",
        "network",
        "options",
        "task",
        "outputs",
        "target",
        "loss",
        "recipe",
        "seed",
        "features",
        "weights",
    )
    return {key: settings[key] for key in (*kept, "hash", "dataset", "preparation")} | {
        "in_channels": channels[0],
        "out_channels": channels[1],
        "roles": roles_of(cases, settings),
        "pretrained_sha256": settings.get("pretrained_sha256"),
        "images": _images_needed(settings, cases),
        "training_spacing_mm": _spacing_range(cases),
        "parameters": {"trainable": trainable, "total": total, "at_full_width": full},
        "best_round": progress.best_round + 1,
        "rounds": progress.round,
        "validation": progress.history[progress.best_round] if progress.history else {},
        "training_seconds": round(progress.seconds, 1),
        "waiting_for_data_seconds": round(progress.waited, 2),
        "device": str(device) if device.type == "cpu" else torch.cuda.get_device_name(device),
        "made_with": provenance(),
    }


def _images_needed(settings: dict, cases: PreparedCases) -> list[str]:
    """The roles whose files a prediction reads: those that are channels, and those that features are made of."""
    roles = roles_of(cases, settings)
    needed = [role for role in cases.records[0]["images"] if role in roles or role == COLOURED]
    made_of = [feature["settings"].get("of", SERIES) for feature in settings["features"]]
    return list(dict.fromkeys([*needed, *made_of]))


def _spacing_range(cases: PreparedCases) -> dict[str, list[float]]:
    """Smallest and largest spacing (S, H, W) seen, to recognise a scan that the model was not made for."""
    spacings = [record["spacing_mm"] for record in cases.records]
    return {"low": [min(axis) for axis in zip(*spacings)], "high": [max(axis) for axis in zip(*spacings)]}


def _write_history(path: Path, history: list[dict]) -> None:
    """One row a round; six digits, since the last bits of a mean depend on when checkpoints were written."""
    import pandas as pd

    with whole_file(path) as partial:
        pd.DataFrame(history).to_csv(partial, index=False, float_format="%.6g")

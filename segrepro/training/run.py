"""One training run as the workflow calls it: from prepared arrays and folds to a model on disk."""

from pathlib import Path

import torch

from segrepro.devices import choose_device
from segrepro.errors import DataError
from segrepro.files import whole_file
from segrepro.folds import read_folds
from segrepro.jobs import provenance
from segrepro.losses import build_loss
from segrepro.models import save_model
from segrepro.networks import build_network, count_parameters
from segrepro.networks.initialise import initialise
from segrepro.prepared import PreparedCases
from segrepro.training.checkpoint import only_process
from segrepro.training.data import Slices
from segrepro.training.loop import Training
from segrepro.training.recipes import Recipe
from segrepro.training.tasks import segmentation, threshold


def train_run(settings: dict, folds: Path, prepared: list[Path], output: Path) -> None:
    """Train one experiment on one fold and write the model, its card and its history into `output`.

    settings: what Plan.run_settings gives. Goes on from the newest checkpoint in output/checkpoint if there is one.
    """
    make_deterministic(settings["threads"])
    device = choose_device(settings["device"])
    cases = PreparedCases([path.parent for path in prepared])
    train, validation = (part_slices(cases, folds, settings["fold"], part) for part in ("train", "validation"))
    recipe = Recipe.model_validate(settings["recipe"])
    with only_process(output / "checkpoint"):
        torch.manual_seed(settings["seed"])
        network = _network(settings, cases)
        if settings["task"] == "threshold":
            progress = threshold.fit(network, train, validation)
        else:
            initialise(network, recipe.initialisation)
            task = segmentation.SegmentationTask(network, build_loss(settings["loss"]), recipe, device)
            run_hash = f"{settings['hash']}-fold{settings['fold']}"
            progress = Training(
                task, train, validation, recipe, settings["seed"], output / "checkpoint", run_hash
            ).run()
    _write_history(output / "history.csv", progress.history)
    card = _card(settings, cases, network, progress, device)
    save_model(output, progress.best_weights, network.state_dict(), card)


def make_deterministic(threads: int) -> None:
    """Fix what sums floats in an order: the number of threads, and torch's choice of algorithms."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False


def part_slices(cases: PreparedCases, folds: Path, fold: int, part: str) -> Slices:
    """The slices of a fold's train, validation or test part, in the order of the fold file."""
    table = read_folds(folds)
    names = table[(table["fold"] == fold) & (table["part"] == part)]["case"].tolist()
    if not names:
        raise DataError(
            folds, f"no case in part {part} of fold {fold}", "at least one", "Give more cases or fewer folds."
        )
    images = [[cases.array(name, role) for name in names] for role in roles_of(cases)]
    return Slices(images, [cases.array(name, "label") for name in names])


def roles_of(cases: PreparedCases) -> list[str]:
    """The images that every case has, in the order of its files; they become the network's channels."""
    return list(cases.records[0]["images"])


def _network(settings: dict, cases: PreparedCases) -> torch.nn.Module:
    return build_network(settings["network"], len(roles_of(cases)), _out_channels(settings), **settings["options"])


def _out_channels(settings: dict) -> int:
    """One sigmoid channel for a single label, else a softmax over background and labels."""
    labels = len(settings["dataset"]["labels"])
    return 1 if labels == 1 else labels + 1


def _card(settings: dict, cases: PreparedCases, network: torch.nn.Module, progress, device: torch.device) -> dict:
    trainable, total = count_parameters(network)
    kept = (
        "study",
        "experiment",
        "name",
        "protocol",
        "fold",
        "network",
        "options",
        "task",
        "loss",
        "recipe",
        "seed",
    )
    return {key: settings[key] for key in (*kept, "hash", "dataset", "preparation")} | {
        "in_channels": len(roles_of(cases)),
        "out_channels": _out_channels(settings),
        "roles": roles_of(cases),
        "training_spacing_mm": _spacing_range(cases),
        "parameters": {"trainable": trainable, "total": total},
        "best_round": progress.best_round + 1,
        "rounds": progress.round,
        "validation": progress.history[progress.best_round] if progress.history else {},
        "training_seconds": round(progress.seconds, 1),
        "waiting_for_data_seconds": round(progress.waited, 2),
        "device": str(device) if device.type == "cpu" else torch.cuda.get_device_name(device),
        "made_with": provenance(),
    }


def _spacing_range(cases: PreparedCases) -> dict[str, list[float]]:
    """Smallest and largest spacing (S, H, W) seen, to recognise a scan that the model was not made for."""
    spacings = [record["spacing_mm"] for record in cases.records]
    return {"low": [min(axis) for axis in zip(*spacings)], "high": [max(axis) for axis in zip(*spacings)]}


def _write_history(path: Path, history: list[dict]) -> None:
    """One row a round; six digits, since the last bits of a mean depend on when checkpoints were written."""
    import pandas as pd

    with whole_file(path) as partial:
        pd.DataFrame(history).to_csv(partial, index=False, float_format="%.6g")

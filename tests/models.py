"""Small trained models for tests: narrow networks with weights drawn at random, and a whole card."""

from pathlib import Path

import torch
from torch import nn

from segrepro.networks import build_network
from segrepro.preprocessing.preparation import COLOURS
from segrepro.training.model import digests, save_model, weights_content
from segrepro.training.model_card import ModelCard

DATASET = {
    "name": "atlas", "title": "ATLAS", "access": "on request", "version": "1", "source": "phantom",
    "labels": {"1": "lesion"}, "ignore_label": None,
}  # fmt: skip


def write_model(
    folder: Path,
    seed=0,
    labels=None,
    slices="axial",
    channel="t1",
    spacing=(3, 1, 1),
    size=(16, 16),
    network="unet",
    width=4,
    **more,
) -> Path:
    """A narrow U-Net that calls about half of a scan a label; returns its folder. more: keys of its card."""
    labels, channels = labels or {"1": "lesion"}, [channel] if isinstance(channel, str) else list(channel)
    out_channels = 1 if len(labels) == 1 else len(labels) + 1
    torch.manual_seed(seed)
    model = build_network(network, len(channels), out_channels, base_width=width)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.01, 0.1)
    with torch.no_grad():
        logits = model.eval()(torch.rand(2, len(channels), *size))
        model.head.bias -= logits.mean((0, 2, 3))
    scanned = [one for one in channels if one not in [feature["feature"] for feature in more.get("features", [])]]
    card = {
        "fold": seed, "network": network, "options": {"base_width": width},
        "channels": channels, "in_channels": len(channels), "out_channels": out_channels,
        "dataset": DATASET | {"labels": labels},
        "modalities": list(dict.fromkeys("rgb" if one in ("gray", *COLOURS) else one for one in scanned)),
        "preparation": {"slices": slices, "size": list(size)},
        "training_spacing_mm": {"low": list(spacing), "high": list(spacing)},
    } | more  # fmt: skip
    save(folder, model, **card)
    return folder


def save(folder: Path, model: nn.Module, last: nn.Module | None = None, **card) -> ModelCard:
    """A network as a trained model in a folder; card: the keys of its card that matter."""
    states = {"best": model.state_dict(), "last": (last or model).state_dict()}
    weights = {checkpoint: weights_content(state) for checkpoint, state in states.items()}
    whole = card_of(**{"sha256": digests(weights)} | card)
    save_model(folder, weights, whole)
    return whole


def card_of(**more) -> ModelCard:
    """A whole card; more: other values of its keys."""
    return ModelCard.model_validate({
        "study": "xnet", "experiment": "xnet", "name": "xnet", "protocol": "clean", "fold": 0, "network": "unet",
        "options": {"base_width": 4}, "task": "segmentation", "activation": "sigmoid", "target": None,
        "loss": "dice_ce",
        "recipe": {"optimiser": {"name": "adam", "lr": 1e-3}, "epochs": 5, "batch_size": 4}, "seed": 0, "features": [],
        "checkpoint": "best", "hash": "0123456789", "preparation": {"size": [16, 16]},
        "in_channels": 1, "out_channels": 1, "dataset": DATASET, "channels": ["t1"], "modalities": ["t1"],
        "pretrained_sha256": None, "training_spacing_mm": {"low": [3, 1, 1], "high": [3, 1, 1]},
        "training_intensities": {},
        "parameters": {"trainable": 1, "total": 2, "at_full_width": 2}, "best_epoch": 3, "epochs": 5,
        "validation": {"validation_dice": 0.61234}, "training_seconds": 12.0, "waiting_for_data_seconds": 0.0,
        "device": "cpu", "provenance": {"commit": "abc", "versions": {"segrepro": "0.1.0"}, "machine": {}},
        "sha256": {"best": "0", "last": "0"},
    } | more)  # fmt: skip

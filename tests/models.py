"""Small trained models for tests: narrow networks with weights drawn at random, and a whole card."""

from pathlib import Path

import torch
from torch import nn

from segrepro.networks import build_network
from segrepro.training.model import save_model


def write_model(
    folder: Path,
    seed=0,
    labels=None,
    slices="axial",
    role="t1",
    spacing=(3, 1, 1),
    size=(16, 16),
    network="unet",
    width=4,
    **more,
) -> Path:
    """A narrow U-Net that calls about half of a scan a label; returns its folder. more: keys of its card."""
    labels, roles = labels or {"1": "lesion"}, [role] if isinstance(role, str) else list(role)
    out_channels = 1 if len(labels) == 1 else len(labels) + 1
    torch.manual_seed(seed)
    model = build_network(network, len(roles), out_channels, base_width=width)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.01, 0.1)
    with torch.no_grad():
        logits = model.eval()(torch.rand(2, len(roles), *size))
        model.head.bias -= logits.mean((0, 2, 3))
    card = {
        "study": "xnet", "experiment": "xnet", "name": "xnet", "protocol": "clean", "fold": seed, "network": network,
        "options": {"base_width": width}, "task": "segmentation", "loss": "dice_ce", "recipe": {}, "seed": 0,
        "hash": "0123456789",
        "dataset": {"name": "atlas", "title": "ATLAS", "version": "1", "source": "phantom", "labels": labels},
        "preparation": {"slices": slices, "size": list(size), "start": None, "scaling": "minmax"},
        "in_channels": len(roles), "out_channels": out_channels, "roles": roles,
        "training_spacing_mm": {"low": list(spacing), "high": list(spacing)},
        "parameters": {"trainable": 1, "total": 2}, "best_round": 3, "rounds": 5,
        "validation": {"validation_dice": 0.61234}, "training_seconds": 12.0, "device": "cpu",
        "made_with": {"commit": "abc", "versions": {"segrepro": "0.1.0"}},
    } | more  # fmt: skip
    save_model(folder, model.state_dict(), model.state_dict(), card)
    return folder

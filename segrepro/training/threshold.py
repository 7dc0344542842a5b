"""The baseline that learns one number: the intensity above (or below) which a voxel is called lesion."""

import numpy as np
import torch
from torch import nn

from segrepro.training.slices import Slices
from segrepro.training.state import Progress

BINS = 256
BATCH = 64


class Threshold(nn.Module):
    """Logit sign * (x - threshold) of the first input channel; nothing in it is trained by gradient.

    >>> float(Threshold(1, 1)(torch.full((1, 1, 2, 2), 0.75))[0, 0, 0, 0])
    0.25
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.register_buffer("threshold", torch.tensor(0.5))
        self.register_buffer("sign", torch.tensor(1.0))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) to (N, 1, H, W)."""
        return self.sign * (images[:, :1] - self.threshold)


def fit(network: nn.Module, train: Slices, validation: Slices) -> Progress:
    """Choose the threshold and its direction with the best mean Dice over the training cases.

    network: a Threshold, set in place. Of several roles the first is used.
    """
    dice = _dice_by_threshold(train)
    best = np.unravel_index(np.nanargmax(dice), dice.shape)
    with torch.no_grad():
        network.threshold.fill_((best[1] + 1) / BINS)
        network.sign.fill_(1.0 if best[0] == 0 else -1.0)
    row = {
        "round": 0,
        "step": 0,
        "train_dice": float(dice[best]),
        "validation_dice": float(_dice_by_threshold(validation)[best]),
    }
    print(f"threshold {float(network.threshold):.3f}, training Dice {row['train_dice']:.4f}", flush=True)
    return Progress(round=1, best_round=0, best_weights=network.state_dict(), history=[row])


def _dice_by_threshold(slices: Slices) -> np.ndarray:
    """(2, BINS) mean Dice over cases of `image above bin` and `image not above bin`."""
    inside, everywhere = (np.zeros((len(slices.labels), BINS)) for _ in range(2))
    for batch in slices.in_order(BATCH):
        bins = np.minimum((batch.images[:, 0].astype(np.float32) * BINS).astype(int), BINS - 1)
        flat = bins + BINS * batch.cases[:, None, None]
        everywhere += np.bincount(flat.ravel(), minlength=everywhere.size).reshape(everywhere.shape)
        inside += np.bincount(flat[batch.labels > 0], minlength=inside.size).reshape(inside.shape)
    below = [np.cumsum(counts, 1) for counts in (inside, everywhere)]
    lesion = inside.sum(1, keepdims=True)
    above = [counts.sum(1, keepdims=True) - low for counts, low in zip((inside, everywhere), below)]
    with np.errstate(invalid="ignore"):
        return np.array([np.nanmean(2 * hit / (size + lesion), 0) for hit, size in (above, below)])

"""The baseline that learns one number: the intensity above (or below) which a voxel is called lesion."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import nn

from segrepro.utils.errors import NetworkError

BINS = 256
BATCH = 64


class LabelledSlices(Protocol):
    """Slices of cases, as `segrepro.training.slices.Slices` has them: `labels`, an array a case, and batches."""

    labels: Sequence[np.ndarray]

    def in_order(self, batch_size: int) -> Iterator:
        """Every slice once."""


class Threshold(nn.Module):
    """Logit sign * (x - threshold) of the first input channel; nothing in it is trained by gradient.

    >>> float(Threshold()(torch.full((1, 1, 2, 2), 0.75))[0, 0, 0, 0])
    0.25
    """

    divisor = 1

    def __init__(self):
        super().__init__()
        self.register_buffer("threshold", torch.tensor(0.5))
        self.register_buffer("sign", torch.tensor(1.0))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) to (N, 1, H, W)."""
        return self.sign * (images[:, :1] - self.threshold)

    def fit(self, train: LabelledSlices, validation: LabelledSlices) -> dict[str, float]:
        """Choose the threshold and its direction with the best mean Dice over the training cases; returns the scores.

        Intensities from 0 to 1; label 1 is the lesion, and what has a label above it counts in no score.
        """
        dice = _dice_by_threshold(train)
        best = np.unravel_index(np.nanargmax(dice), dice.shape)
        with torch.no_grad():
            self.threshold.fill_((best[1] + 1) / BINS)
            self.sign.fill_(1.0 if best[0] == 0 else -1.0)
        scores = {"train_dice": dice[best], "validation_dice": _dice_by_threshold(validation)[best]}
        print(f"threshold {float(self.threshold):.3f}, training Dice {scores['train_dice']:.4f}", flush=True)
        return {name: float(score) for name, score in scores.items()}


def threshold(in_channels: int, out_channels: int) -> Threshold:
    """An intensity threshold on the first of the input channels; NetworkError for several output channels."""
    if out_channels != 1:
        remedy = "Take activation: sigmoid and a data set with one label."
        raise NetworkError("network threshold", f"{out_channels} output channels", "1", remedy)
    return Threshold()


def _dice_by_threshold(slices: LabelledSlices) -> np.ndarray:
    """(2, BINS) mean Dice over cases of `image above bin` and `image not above bin`."""
    inside, everywhere = (np.zeros((len(slices.labels), BINS)) for _ in range(2))
    for batch in slices.in_order(BATCH):
        bins = np.minimum((batch.images[:, 0].astype(np.float32) * BINS).astype(int), BINS - 1)
        flat = bins + BINS * batch.cases[:, None, None]
        for counts, chosen in ((everywhere, batch.labels <= 1), (inside, batch.labels == 1)):
            counts += np.bincount(flat[chosen], minlength=counts.size).reshape(counts.shape)
    below = [np.cumsum(counts, 1) for counts in (inside, everywhere)]
    lesion = inside.sum(1, keepdims=True)
    above = [counts.sum(1, keepdims=True) - low for counts, low in zip((inside, everywhere), below)]
    with np.errstate(invalid="ignore"):
        return np.array([np.nanmean(2 * hit / (size + lesion), 0) for hit, size in (above, below)])

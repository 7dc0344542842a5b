"""Segmentation: one network from images to label scores, trained by one loss."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import nn

from segrepro.training.data import Batch
from segrepro.training.recipes import Optimisation, Recipe

LOW_PRECISION = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class SegmentationTask:
    """What one training step and one validation are.

    network: (N, C, H, W) images to (N, K, H, W) logits; K = 1 means a sigmoid, K > 1 a softmax over labels.
    loss: of logits and target, the target (N, 1, H, W) for K = 1 and (N, H, W) for K > 1.
    """

    def __init__(self, network: nn.Module, loss: Callable, recipe: Recipe, device: torch.device):
        self.network = network.to(device, memory_format=torch.channels_last)
        self.loss, self.device = loss, device
        self.optimisation = Optimisation(self.network, recipe, device)
        self._dtype = LOW_PRECISION.get(recipe.precision)

    def train_step(self, batch: Batch) -> torch.Tensor:
        """One optimiser step; the loss before it, left on the device."""
        self.network.train()
        loss = self._loss(self._logits(batch), batch)
        self.optimisation.minimise(loss)
        return loss.detach()

    @torch.no_grad()
    def validate(self, batches: Iterable[Batch], case_count: int) -> dict[str, float]:
        """`loss`, the mean over batches, and `dice`, the mean over cases and labels (empty in both: left out)."""
        self.network.eval()
        losses, counts = [], 0
        for batch in batches:
            logits = self._logits(batch)
            losses.append(self._loss(logits, batch))
            counts = counts + _overlap(logits, batch, case_count)
        overlap, total = counts[0], counts[1]
        dice = np.where(total > 0, 2 * overlap / np.maximum(total, 1), np.nan)
        return {
            "loss": float(torch.stack(losses).mean()),
            "dice": float(np.nanmean(dice)) if total.any() else 0.0,
        }

    def state_dict(self) -> dict:
        """Weights and optimisation, for a checkpoint."""
        return {"network": self.network.state_dict(), "optimisation": self.optimisation.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        """Take up the state of `state_dict`."""
        self.network.load_state_dict(state["network"])
        self.optimisation.load_state_dict(state["optimisation"])

    def _logits(self, batch: Batch) -> torch.Tensor:
        images = torch.from_numpy(batch.images).to(self.device, non_blocking=True).float()
        with torch.autocast(self.device.type, self._dtype, enabled=self._dtype is not None):
            return self.network(images.contiguous(memory_format=torch.channels_last))

    def _loss(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        labels = torch.from_numpy(batch.labels).to(self.device, non_blocking=True)
        target = labels[:, None].float() if logits.shape[1] == 1 else labels.long()
        return self.loss(logits.float(), target)


def predicted_labels(logits: torch.Tensor) -> torch.Tensor:
    """(N, H, W) labels from logits: probability above 0.5, or the label with the highest score."""
    return (logits[:, 0] > 0).to(torch.uint8) if logits.shape[1] == 1 else logits.argmax(1).to(torch.uint8)


def _overlap(logits: torch.Tensor, batch: Batch, case_count: int) -> np.ndarray:
    """(2, cases, labels): voxels that agree, and the sum of both volumes, for each case and foreground label."""
    predicted, counts = predicted_labels(logits).cpu().numpy(), []
    label_count = max(logits.shape[1] - 1, 1)
    for label in range(1, label_count + 1):
        mine, theirs = predicted == label, batch.labels == label
        agree, total = (mine & theirs).sum((1, 2)), mine.sum((1, 2)) + theirs.sum((1, 2))
        counts.append([np.bincount(batch.cases, part, case_count) for part in (agree, total)])
    return np.array(counts).transpose(1, 2, 0)

"""Segmentation: one network from images to label scores, trained by one loss."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch
from segrepro.training.tasks.base import Task


class SegmentationTask(Task):
    """Images in, labels out.

    network: (N, C, H, W) images to (N, K, H, W) logits; K = 1 means a sigmoid, K > 1 a softmax over labels.
    loss: of logits and target, the target (N, 1, H, W) for K = 1 and (N, H, W) for K > 1, and, when `weighted`,
    of the weight map A (Eq. 9 of the pseudo-DWI paper).
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Callable,
        recipe: Recipe,
        device: torch.device,
        weighted: bool = False,
        frozen: tuple[nn.Module, ...] = (),
    ):
        super().__init__(network, recipe, device, frozen=frozen)
        self.loss, self.weighted = loss, weighted

    @property
    def uses_weight_map(self) -> bool:
        """As its loss says."""
        return self.weighted

    def output(self, batch: Batch) -> torch.Tensor:
        """Logits (N, K, H, W)."""
        return self.predict(batch)

    def loss_of(self, output: torch.Tensor, batch: Batch) -> torch.Tensor:
        """The loss between logits and labels."""
        return segmentation_loss(self, output, batch)

    def scorers(self, case_count: int) -> list:
        """`dice`."""
        return [Overlap(case_count)]


def segmentation_loss(task: Task, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """task.loss between logits and the labels of a batch."""
    labels = torch.as_tensor(batch.labels).to(task.device, non_blocking=True)
    target = labels[:, None].float() if logits.shape[1] == 1 else labels.long()
    return task.loss(logits.float(), target, *([task.weights(batch)] if task.weighted else []))


class Overlap:
    """`dice`: the mean over cases and labels, those empty in both left out; 0 when all are."""

    def __init__(self, case_count: int):
        self.case_count, self.counts = case_count, 0

    def add(self, logits: torch.Tensor, batch: Batch) -> None:
        """Count the voxels of a batch."""
        self.counts = self.counts + _overlap(logits, batch, self.case_count)

    def result(self) -> dict[str, float]:
        """The score of all batches so far."""
        overlap, total = self.counts.cpu().numpy()
        dice = np.where(total > 0, 2 * overlap / np.maximum(total, 1), np.nan)
        return {"dice": float(np.nanmean(dice)) if total.any() else 0.0}


def predicted_labels(logits: torch.Tensor) -> torch.Tensor:
    """(N, H, W) labels from logits: probability above 0.5, or the label with the highest score."""
    return (logits[:, 0] > 0).to(torch.uint8) if logits.shape[1] == 1 else logits.argmax(1).to(torch.uint8)


def _overlap(logits: torch.Tensor, batch: Batch, case_count: int) -> torch.Tensor:
    """(2, cases, labels), left on the device: voxels that agree, and the sum of both volumes, for each case and
    foreground label."""
    predicted = predicted_labels(logits)
    labels, cases = (torch.as_tensor(field).to(logits.device) for field in (batch.labels, batch.cases))
    counts = torch.zeros((2, case_count, max(logits.shape[1] - 1, 1)), dtype=torch.int64, device=logits.device)
    for label in range(1, counts.shape[2] + 1):
        mine, theirs = predicted == label, labels == label
        agree, total = (mine & theirs).sum((1, 2)), mine.sum((1, 2)) + theirs.sum((1, 2))
        counts[:, :, label - 1] = torch.stack([_summed(part, cases, case_count) for part in (agree, total)])
    return counts


def _summed(parts: torch.Tensor, cases: torch.Tensor, case_count: int) -> torch.Tensor:
    """The sum of the parts of each case."""
    # Not index_add_, which sums in no fixed order on a GPU; whole numbers would not mind, but torch warns.
    of_case = cases[None] == torch.arange(case_count, device=cases.device)[:, None]
    return (of_case * parts[None]).sum(1)

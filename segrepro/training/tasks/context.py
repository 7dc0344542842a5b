"""What the context loss, Eq. 8 of the pseudo-DWI paper, does in a training: its pull, and its encoder's output.

The paper trains the encoder Phi_c with the loss that it is part of, which a constant Phi_c makes smallest, and its
factor gamma says little of how much of the gradient is the context's. Both are measured on the validation part.
"""

from collections.abc import Callable
from copy import deepcopy

import torch

from segrepro.networks.pseudo_dwi import Parts
from segrepro.training.slices import Batch
from segrepro.training.tasks.base import Task


class Spread:
    """`context_spread`: standard deviation over the slices of Phi_c(Id), mean over its entries.

    Towards 0, Phi_c tells no image from another and l_h (Eq. 8) says nothing, however small it is.
    """

    def __init__(self, task: Task):
        self.task, self.vectors = task, []

    def add(self, output: object, batch: Batch) -> None:
        """Encode the real DWI of a batch."""
        self.vectors.append(self.task.helper.context_encoder(self.task.target_image(batch)).detach())

    def result(self) -> dict[str, float]:
        """The spread over all batches so far."""
        return {"context_spread": float(torch.cat(self.vectors).std(0, correction=0).mean())}


class GradientShares:
    """`gradient_share_pixels` and `gradient_share_context`: whose loss pulls how hard at the pseudo-DWI.

    The norm of the gradient of l_l and of gamma l_h with respect to Ig, over all batches, as shares of their sum.
    others: further losses of Ig, by name, each called with the image (N, 1, H, W), the network's output and the batch.
    The losses are those of a training step, so that a batch norm in Phi_c sees the batch.
    """

    def __init__(self, task: Task, **others: Callable[[torch.Tensor, Parts, Batch], torch.Tensor]):
        # A copy: what it sees here must not enter the running statistics.
        self.task, self.others, self.loss = task, others, deepcopy(task.helper).train()
        self.norms: dict[str, torch.Tensor] = {}

    @torch.enable_grad()
    def add(self, output: Parts, batch: Batch) -> None:
        """Measure a batch."""
        image, target = output.dwi.detach().float().requires_grad_(), self.task.target_image(batch)
        weights = self.task.weights(batch) if self.loss.weighted else None
        pixels = self.loss(image, target, weights, gamma=0.0)
        losses = {"pixels": pixels, "context": self.loss(image, target, weights) - pixels}
        losses |= {name: loss(image, output, batch) for name, loss in self.others.items()}
        for name, loss in losses.items():
            norm = torch.autograd.grad(loss, image, retain_graph=True)[0].norm()
            self.norms[name] = self.norms.get(name, 0.0) + norm

    def result(self) -> dict[str, float]:
        """The shares over all batches so far; 0 of a sum of 0."""
        norms = {name: float(norm) for name, norm in self.norms.items()}
        return {f"gradient_share_{name}": norm / (sum(norms.values()) or 1.0) for name, norm in norms.items()}


def context_scorers(task: Task, **others: Callable[[torch.Tensor, Parts, Batch], torch.Tensor]) -> list:
    """Spread and GradientShares where the task has a context encoder; others: as of GradientShares."""
    return [] if task.helper.context_encoder is None else [Spread(task), GradientShares(task, **others)]

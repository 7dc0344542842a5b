"""The whole method of the pseudo-DWI paper, trained end to end (Eq. 15), and its two-step variant "(s)"."""

from collections.abc import Callable

import torch
from torch import nn

from segrepro.networks.pseudo_dwi import Parts
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch
from segrepro.training.tasks.base import Task
from segrepro.training.tasks.context import context_scorers
from segrepro.training.tasks.segmentation import Overlap, SegmentationTask, segmentation_loss
from segrepro.training.tasks.synthesis import ImageLoss, Quality, image_losses


class PseudoDwiTask(Task):
    """Extractor, generator, context encoder and segmenter, one optimiser: L_s + alpha L_g + beta L_e (Eq. 15).

    network: a `segrepro.networks.pseudo_dwi.PseudoDwi`. loss: L_s, of logits and labels, and of the weight map A when
    `weighted`. synthesis_loss: name of L_g. beta 0: Fh without explicit supervision. context_norm,
    frozen_context_encoder: as in `SynthesisTask`.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Callable,
        recipe: Recipe,
        device: torch.device,
        weighted: bool = False,
        synthesis_loss: str = "w_l2_h1",
        alpha: float = 1.0,
        beta: float = 1.0,
        context_norm: str = "joint",
        frozen_context_encoder: bool = False,
    ):
        image_loss = ImageLoss(synthesis_loss, recipe.initialisation, context_norm, frozen_context_encoder)
        super().__init__(network, recipe, device, image_loss)
        self.loss, self.weighted, self.alpha, self.beta = loss, weighted, alpha, beta

    @property
    def uses_weight_map(self) -> bool:
        """As one of its losses says."""
        return self.weighted or self.helper.weighted

    def output(self, batch: Batch) -> Parts:
        """Pseudo-DWI, high-level feature and logits."""
        return self.predict(batch, parts=True)

    def loss_of(self, output: Parts, batch: Batch) -> torch.Tensor:
        """Eq. 15."""
        generated, explicit = image_losses(self, output, batch)
        return segmentation_loss(self, output.logits, batch) + self.alpha * generated + self.beta * explicit

    def scorers(self, case_count: int) -> list:
        """`dice`, those of the pseudo-DWI and of `context_scorers`."""
        return [LogitsOverlap(case_count), Quality(), *context_scorers(self, segmentation=self._loss_behind)]

    def _loss_behind(self, image: torch.Tensor, output: Parts, batch: Batch) -> torch.Tensor:
        """L_s of the segmenter's logits on this pseudo-DWI."""
        return segmentation_loss(self, self.network.segment(self.tensor(batch.images), image), batch)


class LogitsOverlap(Overlap):
    """`dice` of the logits among several outputs."""

    def add(self, output: Parts, batch: Batch) -> None:
        """Count the voxels of a batch."""
        super().add(output.logits, batch)


class TwoStepTask(SegmentationTask):
    """The segmenter alone, on the pseudo-DWI of a synthesis that was trained before and stays as it is.

    network: a `segrepro.networks.pseudo_dwi.PseudoDwi`. synthesis: weights of a `Synthesis` of the same groups and
    width.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Callable,
        recipe: Recipe,
        device: torch.device,
        synthesis: dict[str, torch.Tensor],
        weighted: bool = False,
    ):
        network.synthesis.load_state_dict(synthesis)
        super().__init__(network, loss, recipe, device, weighted, frozen=(network.synthesis,))

"""Synthesis: the pseudo-DWI of section 3.2, by any loss that compares two images."""

import numpy as np
import torch
from torch import nn

from segrepro.evaluation.metrics.synthesis import synthesis_scores
from segrepro.losses import build_loss, list_losses
from segrepro.networks import build_network
from segrepro.networks.initialise import initialise
from segrepro.networks.pseudo_dwi import Parts
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch
from segrepro.training.tasks.base import Task
from segrepro.training.tasks.context import context_scorers
from segrepro.utils.errors import DataError

SHOWN = ("ssim", "psnr", "local_ssim", "local_psnr")
CONTEXT_LENGTH = 16  # of the context encoder's vector, section 3.2


class ImageLoss(nn.Module):
    """A synthesis loss, with the context encoder Phi_c that it may need as a part that can be trained.

    loss: one of the losses whose output is "image", without a discriminator; options: its own, such as gamma.
    context_norm: how Phi_c normalises the generated and the real image. `joint`: by a batch norm that sees both at
    once; `separate`: each by itself, which takes out what differs between them in brightness and contrast; `none`: not
    at all. frozen: whether the weights of Phi_c stay as they were drawn, a control that normalises as the trained one.
    """

    def __init__(
        self, loss: str, initialisation: str, context_norm: str = "joint", frozen: bool = False, **options: object
    ):
        super().__init__()
        info, self.context_encoder = list_losses()[loss], None
        if "context_encoder" in info.needs:
            encoder = build_network("context_encoder", 1, CONTEXT_LENGTH, batch_norm=context_norm != "none")
            self.context_encoder = initialise(encoder, initialisation).requires_grad_(not frozen)
            separate = context_norm == "separate"
            options["context_encoder"] = self._encode_separately if separate else self.context_encoder
        self.weighted, self.loss = info.weighted, build_loss(loss, **options)

    def forward(
        self, image: torch.Tensor, target: torch.Tensor, weights: torch.Tensor | None, **options: float
    ) -> torch.Tensor:
        """The loss between two images (N, 1, H, W); weights: the map A (N, H, W), None when not `weighted`."""
        return self.loss(image.float(), target, weights, **options)

    def _encode_separately(self, both: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.context_encoder(images) for images in both.chunk(2)])


def image_losses(task: Task, parts: Parts, batch: Batch) -> tuple[torch.Tensor, torch.Tensor | float]:
    """L_g(Ig, Id) and the explicit supervision L_e(Fh, Id) = L_g(Fh, Id), 0 where Fh does not exist; Eq. 6, 15."""
    loss, target = task.helper, task.target_image(batch)
    weights = task.weights(batch) if loss.weighted else None
    explicit = parts.feature is not None and task.beta > 0
    return loss(parts.dwi, target, weights), loss(parts.feature, target, weights) if explicit else 0.0


class SynthesisTask(Task):
    """Images in, pseudo-DWI out.

    network: a `segrepro.networks.pseudo_dwi.Synthesis`. loss: name of a synthesis loss. beta: weight of L_e, the
    explicit supervision of Fh; 0 leaves Fh to itself (Fh* in Table 2). context_norm, frozen_context_encoder: see
    `ImageLoss`; trained with the loss that it is part of, as printed, Phi_c may collapse.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: str,
        recipe: Recipe,
        device: torch.device,
        beta: float = 1.0,
        context_norm: str = "joint",
        frozen_context_encoder: bool = False,
        **options,
    ):
        image_loss = ImageLoss(loss, recipe.initialisation, context_norm, frozen_context_encoder, **options)
        super().__init__(network, recipe, device, image_loss)
        self.beta = beta

    @property
    def uses_weight_map(self) -> bool:
        """As its loss says."""
        return self.helper.weighted

    def output(self, batch: Batch) -> Parts:
        """The pseudo-DWI and the high-level feature."""
        return self.predict(batch, parts=True)

    def loss_of(self, output: Parts, batch: Batch) -> torch.Tensor:
        """L_g + beta L_e."""
        generated, explicit = image_losses(self, output, batch)
        return generated + self.beta * explicit

    def scorers(self, case_count: int) -> list:
        """`ssim`, `psnr`, `local_ssim`, `local_psnr` and, with a context encoder, those of `context_scorers`."""
        return [Quality(), *context_scorers(self)]


class Quality:
    """Means over cases of `synthesis_scores`; the local ones over the cases with a lesion.

    Batches come in the order of the slices, so that a case's slices follow each other.
    """

    def __init__(self):
        self.slices: dict[int, list] = {}

    def add(self, output: Parts, batch: Batch) -> None:
        """Keep the slices of a batch."""
        predicted = output.dwi[:, 0].float().cpu().numpy()
        fields = (batch.cases, batch.targets[:, 0], batch.labels)
        cases, targets, labels = (torch.as_tensor(field).cpu().numpy() for field in fields)
        for case, *images in zip(cases, predicted, targets, labels, strict=True):
            self.slices.setdefault(int(case), []).append(images)

    def result(self) -> dict[str, float]:
        """The scores of all batches so far; DataError when no slice has a lesion."""
        scores = [synthesis_scores(*map(np.stack, zip(*case))) for case in self.slices.values()]
        if all(np.isnan(score["local_ssim"]) for score in scores):
            remedy = "Give more cases to validate on, or another seed of the folds."
            raise DataError("validation part", "no slice with a lesion", "at least one", remedy)
        return {name: float(np.nanmean([score[name] for score in scores])) for name in SHOWN}

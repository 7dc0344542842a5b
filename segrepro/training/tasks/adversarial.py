"""Adversarial synthesis: the rows "GAN" and "L2 + GAN" of Table 1, a least-squares GAN."""

from functools import partial
from typing import Any

import torch
from torch import nn

from segrepro.losses import build_loss
from segrepro.losses.synthesis import discriminator_loss
from segrepro.networks import build_network
from segrepro.networks.initialise import initialise
from segrepro.networks.pseudo_dwi import Parts
from segrepro.training.optimisation import Optimisation
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch
from segrepro.training.tasks.base import Task
from segrepro.training.tasks.synthesis import Quality
from segrepro.utils.errors import ConfigError


class AdversarialTask(Task):
    """Images in, pseudo-DWI out, judged by a multi-scale discriminator that sees the images too.

    network: a `segrepro.networks.pseudo_dwi.Synthesis`, the generator. loss: lsgan or l2_lsgan. The discriminator is as
    wide as the generator (64 in the paper), drawn by the same scheme and trained by a second optimiser of the same
    recipe. Each step trains the discriminator first, then the generator against it, on the same generated images.
    Raises ConfigError for a recipe with `micro_batch_size`: the two cannot take turns within a batch.
    """

    def __init__(self, network: nn.Module, loss: str, recipe: Recipe, device: torch.device, **options):
        if recipe.micro_batch_size is not None:
            raise ConfigError("recipe of an adversarial task", "micro_batch_size", "whole batches", "Remove it.")
        channels = sum(network.groups.values()) + 1
        judge = build_network("patch_discriminator", channels, 1, base_width=network.base_width)
        super().__init__(network, recipe, device, initialise(judge, recipe.initialisation))
        self.loss = build_loss(loss, discriminator=self.helper, **options)
        self._judged = partial(discriminator_loss, discriminator=self.helper)

    def build_optimisation(self, recipe: Recipe) -> "Alternation":
        """One optimiser for the generator, one for the discriminator."""
        return Alternation(*(Optimisation(module, recipe, self.device) for module in (self.network, self.helper)))

    def output(self, batch: Batch) -> Parts:
        """The pseudo-DWI."""
        return self.predict(batch, parts=True)

    def loss_of(self, output: Parts, batch: Batch) -> torch.Tensor:
        """The generator's loss."""
        image, target = output.dwi.float(), self.target_image(batch)
        return self.loss(image, target, condition=self.tensor(batch.images))

    def train_step(self, batch: Batch) -> torch.Tensor:
        """A step of the discriminator, then one of the generator; the generator's loss, left on the device."""
        self.set_training(True)
        output = self.output(batch)
        condition, target = self.tensor(batch.images), self.target_image(batch)
        judged = self._judged(output.dwi.float(), target, condition=condition)
        self.optimisation.discriminator.minimise(judged)
        self.helper.requires_grad_(False)
        loss = self.optimisation.generator.minimise(self.loss_of(output, batch))
        self.helper.requires_grad_(True)
        return loss

    def scorers(self, case_count: int) -> list:
        """`ssim`, `psnr`, `local_ssim` and `local_psnr`."""
        return [Quality()]


class Alternation:
    """The optimisers of a generator and its discriminator, saved, restored and scheduled as one."""

    def __init__(self, generator: Optimisation, discriminator: Optimisation):
        self.generator, self.discriminator = generator, discriminator

    def end_round(self, score: float) -> None:
        """Let both schedules see the epoch's validation score (lower is better)."""
        self.generator.end_round(score)
        self.discriminator.end_round(score)

    @property
    def lr(self) -> float:
        """The generator's learning rate."""
        return self.generator.lr

    def state_dict(self) -> dict:
        """Everything needed to go on exactly here."""
        return {"generator": self.generator.state_dict(), "discriminator": self.discriminator.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the state of `state_dict`."""
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])

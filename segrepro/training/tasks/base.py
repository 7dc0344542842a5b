"""What all tasks share: the network on its device, one optimiser step, validation, the state of a checkpoint."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from segrepro.losses.weight_maps import weight_map
from segrepro.training.optimisation import Optimisation
from segrepro.training.precision import computing_in
from segrepro.training.processes import gathered, process_count, share_of, shared_out
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch
from segrepro.training.tasks.images_at_once import ImagesAtOnce, require_images_apart


class Task(ABC):
    """What one training step and one validation are. A task says how: `output`, `loss_of` and `scorers`.

    network: all that prediction needs; its weights are the model.
    helper: what is trained beside it and only needed for the loss; None when there is nothing.
    frozen: modules of either that are used as they are: without gradient, in evaluation mode.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        device: torch.device,
        helper: nn.Module | None = None,
        frozen: Iterable[nn.Module] = (),
    ):
        self.network = shared_out(network).to(device, memory_format=torch.channels_last)
        self.helper = (helper or nn.Module()).to(device)
        self.device, self.frozen = device, tuple(frozen)
        self.at_once = ImagesAtOnce(recipe, device)
        if self.at_once.may_change:
            require_images_apart(self.network)
        for module in self.frozen:
            module.requires_grad_(False)
        self.optimisation = self.build_optimisation(recipe)
        self.precision = recipe.precision

    def build_optimisation(self, recipe: Recipe) -> Optimisation:
        """What trains network and helper: one optimiser for both."""
        return Optimisation(self.network, recipe, self.device, self.helper)

    @abstractmethod
    def output(self, batch: Batch) -> object:
        """What the loss and the scores look at."""

    @abstractmethod
    def loss_of(self, output: object, batch: Batch) -> torch.Tensor:
        """The scalar to be made small."""

    @abstractmethod
    def scorers(self, case_count: int) -> list:
        """Fresh objects with `add(output, batch)` for each batch and `result()`: scores by name."""

    def train_step(self, batch: Batch) -> torch.Tensor:
        """One optimiser step; the loss before it, left on the device."""
        self.set_training(True)
        loss = self._accumulated(batch)
        self.optimisation.step()
        return loss

    def _accumulated(self, batch: Batch) -> torch.Tensor:
        """Make the gradients of a batch, in as large parts as fit into memory; its loss."""
        while True:
            try:
                return self.optimisation.accumulate(self._losses(batch))
            except torch.OutOfMemoryError:
                # Alone with less memory than the others it could not take part in what they exchange.
                if process_count() > 1 or not self.at_once.halve():
                    raise

    @property
    def uses_weight_map(self) -> bool:
        """Whether a loss takes the weight map A."""
        return False

    def staged(self, batch: Batch) -> Batch:
        """A batch ready for the device: its weight map made, its arrays tensors there.

        For the thread that reads ahead. From pinned memory a GPU fetches them by itself, and nobody waits.
        """
        if self.uses_weight_map:
            batch = batch._replace(weights=weight_map(batch.labels))
        return Batch(*(None if field is None else self._on_device(torch.from_numpy(field)) for field in batch))

    def _on_device(self, field: torch.Tensor) -> torch.Tensor:
        return field if self.device.type == "cpu" else field.pin_memory().to(self.device, non_blocking=True)

    @torch.no_grad()
    def validate(self, batches: Iterable[Batch], case_count: int) -> dict[str, float]:
        """`loss`, the mean over batches, and what the task's scorers say; a `loss` of NaN alone if any output is not
        finite.
        """
        self.set_training(False)
        losses, sound, scorers = [], torch.ones((), dtype=torch.bool, device=self.device), self.scorers(case_count)
        for batch in batches:
            output = self.output(batch)
            losses.append(self.loss_of(output, batch))
            sound &= all_finite([output] if isinstance(output, torch.Tensor) else output)
            for scorer in scorers:
                scorer.add(output, batch)
        if not sound:  # a loss that saturates hides it, and scores of it would mean nothing
            return {"loss": float("nan")}
        scores = {"loss": float(torch.stack(losses).mean())}
        for scorer in scorers:
            scores |= scorer.result()
        return scores

    def weights_are_finite(self) -> bool:
        """Whether all that is learned, and the running statistics of normalisations, are finite; waits for the device.

        Other buffers are left out: a network of one's own may keep -inf in a mask.
        """
        modules = (self.network, self.helper)
        learned = [p for module in modules for p in module.parameters()]
        followed = [b for module in modules for name, b in module.named_buffers() if "running_" in name]
        return bool(all_finite([*learned, *followed]))

    def state_dict(self) -> dict:
        """Weights and optimisation, for a checkpoint."""
        parts = {"network": self.network, "helper": self.helper, "optimisation": self.optimisation}
        return {name: part.state_dict() for name, part in parts.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the state of `state_dict`."""
        self.network.load_state_dict(state["network"])
        self.helper.load_state_dict(state["helper"])
        self.optimisation.load_state_dict(state["optimisation"])

    def set_training(self, training: bool) -> None:
        """Training or evaluation mode for all but what is frozen."""
        for module in (self.network, self.helper):
            module.train(training)
        for module in self.frozen:
            module.eval()

    def predict(self, batch: Batch, **options) -> object:
        """The network's output for the images of a batch, in the recipe's precision; processes share the images out."""
        images = self.tensor(batch.images).contiguous(memory_format=torch.channels_last)
        with computing_in(self.precision, images):
            return gathered(self.network(share_of(images), **options), len(images))

    def tensor(self, array: np.ndarray | torch.Tensor) -> torch.Tensor:
        """An array as float32 on the device."""
        return torch.as_tensor(array).to(self.device, non_blocking=True).float()

    def target_image(self, batch: Batch) -> torch.Tensor:
        """The real DWI (N, 1, H, W)."""
        return self.tensor(batch.targets[:, :1])

    def weights(self, batch: Batch) -> torch.Tensor:
        """The weight map A (N, H, W) of Eq. 9."""
        return self.tensor(weight_map(batch.labels) if batch.weights is None else batch.weights)

    def _losses(self, batch: Batch) -> Iterator[torch.Tensor]:
        """The loss of each part of a batch, weighted by its share of the images."""
        for part in parts_of(batch, self.at_once.number * process_count()):
            yield self.loss_of(self.output(part), part) * (len(part.labels) / len(batch.labels))


def all_finite(tensors: Iterable[torch.Tensor | None]) -> torch.Tensor:
    """Whether no value is NaN or infinite, as one boolean left on the device; None counts as finite."""
    return torch.stack([torch.isfinite(tensor).all() for tensor in tensors if tensor is not None]).all()


def parts_of(batch: Batch, size: int) -> Iterator[Batch]:
    """The batch in parts of at most `size` images, in order."""
    for start in range(0, len(batch.labels), size):
        yield type(batch)(*(None if field is None else field[start : start + size] for field in batch))

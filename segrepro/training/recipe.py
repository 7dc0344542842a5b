"""How a network is optimised: the recipe's settings and the torch objects made from them."""

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator, model_validator

from segrepro.training.augmentation import Augmentation
from segrepro.utils.errors import nearest
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    pass


class Optimiser(Strict):
    """Which optimiser, with the learning rate it starts at."""

    name: Literal["adam", "adamw", "sgd", "rmsprop"]
    lr: float = Field(gt=0)
    momentum: float = Field(0.0, ge=0)
    nesterov: bool = Field(False, description="sgd: Nesterov's momentum")
    weight_decay: float = Field(
        0.0, ge=0, description="times every parameter, added to its gradient; adamw: taken from it, times the rate"
    )

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> "Optimiser":
        if self.nesterov and (self.name != "sgd" or self.momentum == 0):
            found = f"nesterov with {self.name} and momentum {self.momentum:g}"
            raise ValueError(found, "sgd and a momentum above 0", "Change one of them.")
        return self


class Schedule(Strict):
    """How the learning rate falls: never, on a plateau of the validation loss, every so many epochs, or to 0 at the end
    as a half cosine or as (1 - part of the epochs) ** power.
    """

    name: Literal["constant", "plateau", "step", "cosine", "polynomial"] = "constant"
    factor: float = Field(0.1, gt=0, lt=1)
    patience: int = Field(0, ge=0, description="plateau: epochs without improvement before the rate falls")
    threshold: float = Field(0.0, ge=0, description="plateau: absolute improvement that counts")
    every: int = Field(1, ge=1, description="step: epochs between two falls")
    power: float = Field(0.9, gt=0, description="polynomial: of what is left of the epochs; nnU-Net's is 0.9")
    warm_up: int = Field(0, ge=0, description="epochs before, in which the rate rises in even steps")

    @model_validator(mode="after")
    def _no_plateau_after_a_rise(self) -> "Schedule":
        if self.warm_up and self.name == "plateau":
            raise ValueError("warm_up with the schedule plateau", "one of them", "Take another schedule.")
        return self

    def share(self, epoch: int, epochs: int) -> float:
        """The part of the optimiser's rate in an epoch, counted from 0; not of a plateau.

        >>> rising = Schedule(name="polynomial", power=1, warm_up=1)
        >>> [rising.share(number, epochs=5) for number in range(5)]
        [0.5, 1.0, 0.75, 0.5, 0.25]
        """
        if epoch < self.warm_up:
            return (epoch + 1) / (self.warm_up + 1)
        passed = epoch - self.warm_up
        left = 1 - passed / max(epochs - self.warm_up, 1)
        shares = {
            "constant": 1.0,
            "step": self.factor ** (passed // self.every),
            "cosine": (1 - math.cos(math.pi * left)) / 2,
            "polynomial": max(left, 0.0) ** self.power,
        }
        return shares[self.name]


class Phase(Strict):
    """A stretch of the training with a learning rate of its own."""

    length: int = Field(ge=1, description="epochs or iterations, whichever the recipe counts")
    lr: float = Field(gt=0)
    momentum: float | None = Field(None, ge=0, description="the optimiser's if not given")
    trainable: list[str] | None = Field(None, description="beginnings of the names of the parameters that learn; all")


class Recipe(Strict):
    """One training recipe. An epoch is a pass over the slices or, with `iterations`, `validate_every` steps."""

    renamed = {"images_at_once": "micro_batch_size"}

    optimiser: Optimiser
    schedule: Schedule = Schedule()
    epochs: int | None = Field(None, ge=1)
    iterations: int | None = Field(None, ge=1)
    validate_every: int | None = Field(None, ge=1, description="steps an epoch, with iterations")
    phases: list[Phase] = Field([], description="one after the other, in place of a schedule")
    batch_size: int = Field(ge=1)
    micro_batch_size: Annotated[int, Field(ge=1)] | Literal["auto"] | None = Field(
        None,
        description="images a forward pass; the gradients of a batch are accumulated; auto: as many as fit into the"
        " memory of a GPU, one on a CPU, where gradients do not depend on it",
    )
    clip_gradients: float | None = Field(
        None, gt=0, description="the greatest norm of all gradients of a step; longer ones are shortened to it"
    )
    l2_convolutions: float = Field(0.0, ge=0, description="adds this times the sum of squared kernels to the loss")
    early_stopping: int | None = Field(None, ge=1, description="epochs without a better validation score")
    monitor: Literal["loss", "loss_with_l2", "dice", "ssim", "psnr", "local_ssim", "local_psnr"] = Field(
        "loss",
        description="validation score that picks the best epoch, lowers the rate on a plateau and stops early;"
        " loss_with_l2: with what l2_convolutions adds, as Keras has it",
    )
    initialisation: str = "default"
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    augmentation: Augmentation | None = None
    batch_norm_momentum: float | None = Field(
        None, gt=0, le=1, description="in place of the networks' own: Keras's 0.01 needs hundreds of steps"
    )

    @field_validator("initialisation")
    @classmethod
    def _scheme_exists(cls, name: str) -> str:
        from segrepro.networks.initialise import SCHEMES

        if name not in SCHEMES:
            raise ValueError(repr(name), "a scheme of initial weights", nearest(name, SCHEMES))
        return name

    @model_validator(mode="after")
    def _keys_fit(self) -> "Recipe":
        if (self.epochs is None) == (self.iterations is None):
            raise ValueError("both or none of epochs and iterations", "one of them", "Give one.")
        if (self.iterations is None) != (self.validate_every is None):
            raise ValueError("iterations without validate_every (or the reverse)", "both", "Give both.")
        if self.l2_convolutions and self.optimiser.name == "adamw":
            raise ValueError("l2_convolutions with adamw", "one of them", "Use optimiser.weight_decay, or adam.")
        return self

    @model_validator(mode="after")
    def _phases_fill_the_length(self) -> "Recipe":
        if not self.phases:
            return self
        total, whole = sum(phase.length for phase in self.phases), self.epochs or self.iterations
        if total != whole:
            raise ValueError(f"phases of {total} in all", f"{whole}, the recipe's length", "Change one of them.")
        if any(phase.length % (self.validate_every or 1) for phase in self.phases):
            raise ValueError("a phase that ends inside an epoch", "multiples of validate_every", "Change one of them.")
        if self.schedule != Schedule():
            raise ValueError(f"phases and the schedule {self.schedule.name}", "one of them", "Give one.")
        return self

    def length(self, steps_per_epoch: int) -> tuple[int, int]:
        """Number of epochs and optimiser steps in each.

        >>> Recipe(optimiser={"name": "adam", "lr": 1e-3}, epochs=3, batch_size=8).length(steps_per_epoch=50)
        (3, 50)
        """
        if self.epochs is not None:
            return self.epochs, steps_per_epoch
        return max(self.iterations // self.validate_every, 1), self.validate_every

    def badness(self, scores: dict[str, float]) -> float:
        """The validation score that is monitored, turned so that lower is better.

        >>> recipe = Recipe(optimiser={"name": "adam", "lr": 1e-3}, epochs=3, batch_size=8, monitor="dice")
        >>> recipe.badness({"loss": 0.4, "dice": 0.7})
        -0.7
        """
        score = scores[self.monitor]
        return score if self.monitor.startswith("loss") else -score

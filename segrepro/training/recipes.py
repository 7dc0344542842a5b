"""How a network is optimised: the recipe's settings and the torch objects made from them."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from segrepro.config import Strict

if TYPE_CHECKING:
    import torch


class Optimiser(Strict):
    """Which optimiser, with the learning rate it starts at."""

    name: Literal["adam", "sgd", "rmsprop"]
    lr: float = Field(gt=0)
    momentum: float = Field(0.0, ge=0)


class Schedule(Strict):
    """How the learning rate falls: never, on a plateau of the validation loss, or every so many rounds."""

    name: Literal["constant", "plateau", "step"] = "constant"
    factor: float = Field(0.1, gt=0, lt=1)
    patience: int = Field(0, ge=0, description="plateau: rounds without improvement before the rate falls")
    threshold: float = Field(0.0, ge=0, description="plateau: absolute improvement that counts")
    every: int = Field(1, ge=1, description="step: rounds between two falls")


class Recipe(Strict):
    """One training recipe. A round is an epoch or, with `iterations`, `validate_every` optimiser steps."""

    optimiser: Optimiser
    schedule: Schedule = Schedule()
    epochs: int | None = Field(None, ge=1)
    iterations: int | None = Field(None, ge=1)
    validate_every: int | None = Field(None, ge=1, description="steps a round, with iterations")
    batch_size: int = Field(ge=1)
    l2_convolutions: float = Field(0.0, ge=0, description="adds this times the sum of squared kernels to the loss")
    early_stopping: int | None = Field(None, ge=1, description="rounds without a better validation score")
    monitor: Literal["loss", "dice"] = Field("loss", description="validation score that picks the best round")
    initialisation: str = "default"
    precision: Literal["float32", "bfloat16", "float16"] = "float32"

    @model_validator(mode="after")
    def _one_length(self) -> "Recipe":
        if (self.epochs is None) == (self.iterations is None):
            raise ValueError("both or none of epochs and iterations", "one of them", "Give one.")
        if (self.iterations is None) != (self.validate_every is None):
            raise ValueError("iterations without validate_every (or the reverse)", "both", "Give both.")
        return self

    def rounds(self, steps_per_epoch: int) -> tuple[int, int]:
        """Number of rounds and optimiser steps in each.

        >>> Recipe(optimiser={"name": "adam", "lr": 1e-3}, epochs=3, batch_size=8).rounds(steps_per_epoch=50)
        (3, 50)
        """
        if self.epochs is not None:
            return self.epochs, steps_per_epoch
        return max(self.iterations // self.validate_every, 1), self.validate_every


class Optimisation:
    """An optimiser with its schedule and, for float16, its loss scaler; saved and restored as one."""

    def __init__(self, network: "torch.nn.Module", recipe: Recipe, device: "torch.device"):
        import torch

        self.optimiser = _optimiser(network, recipe)
        self.schedule = _schedule(self.optimiser, recipe.schedule)
        self.scaler = torch.amp.GradScaler(device.type, enabled=recipe.precision == "float16")

    def minimise(self, loss: "torch.Tensor") -> None:
        """One optimiser step down the gradient of `loss`."""
        self.optimiser.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimiser)
        self.scaler.update()

    def end_round(self, score: float) -> None:
        """Let the schedule see the round's validation score (lower is better)."""
        import torch

        if isinstance(self.schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
            self.schedule.step(score)
        else:
            self.schedule.step()

    @property
    def lr(self) -> float:
        """The learning rate in force."""
        return self.optimiser.param_groups[0]["lr"]

    def state_dict(self) -> dict:
        """Everything needed to go on exactly here."""
        parts = {"optimiser": self.optimiser, "schedule": self.schedule, "scaler": self.scaler}
        return {name: part.state_dict() for name, part in parts.items()}

    def load_state_dict(self, state: dict) -> None:
        """Take up the state of `state_dict`."""
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.scaler.load_state_dict(state["scaler"])


def _optimiser(network: "torch.nn.Module", recipe: Recipe) -> "torch.optim.Optimizer":
    import torch

    # l2 * sum(w^2) has the gradient 2 l2 w, which is what weight_decay = 2 l2 adds in torch's Adam, SGD and RMSprop.
    kernels = [p for p in network.parameters() if p.ndim == 4]
    others = [p for p in network.parameters() if p.ndim != 4]
    groups = [{"params": kernels, "weight_decay": 2 * recipe.l2_convolutions}, {"params": others}]
    groups = [group for group in groups if group["params"]]
    settings = recipe.optimiser
    if settings.name == "adam":
        return torch.optim.Adam(groups, lr=settings.lr)
    kind = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}[settings.name]
    return kind(groups, lr=settings.lr, momentum=settings.momentum)


def _schedule(optimiser: "torch.optim.Optimizer", settings: Schedule):
    from torch.optim import lr_scheduler

    if settings.name == "plateau":
        # torch lowers the rate after more than `patience` bad rounds.
        return lr_scheduler.ReduceLROnPlateau(
            optimiser,
            factor=settings.factor,
            patience=settings.patience,
            threshold=settings.threshold,
            threshold_mode="abs",
        )
    if settings.name == "step":
        return lr_scheduler.StepLR(optimiser, settings.every, settings.factor)
    return lr_scheduler.ConstantLR(optimiser, factor=1.0)

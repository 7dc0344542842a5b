"""What a recipe says of optimisers and learning rates, as torch has them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from segrepro.training.processes import average_gradients
from segrepro.training.recipe import Recipe
from segrepro.utils.errors import ConfigError, nearest

if TYPE_CHECKING:
    import torch


class Optimisation:
    """An optimiser with its schedule and, for float16, its loss scaler; saved and restored as one.

    The parameters of `network`, and of the modules trained along with it. Those without requires_grad are left out.
    """

    def __init__(self, network: "torch.nn.Module", recipe: Recipe, device: "torch.device", *along: "torch.nn.Module"):
        import torch

        parameters = [*network.parameters(), *(p for m in along for p in m.parameters())]
        self.optimiser = _optimiser(parameters, recipe, fused=device.type == "cuda")
        self.l2, self.kernels = recipe.l2_convolutions, kernels(parameters)
        self.schedule = Phases(self.optimiser, network, recipe) if recipe.phases else _schedule(self.optimiser, recipe)
        self.longest = recipe.clip_gradients
        self.scaler = torch.amp.GradScaler(device.type, enabled=recipe.precision == "float16")

    def minimise(self, loss: "torch.Tensor") -> "torch.Tensor":
        """One optimiser step down the gradient of `loss`; the loss, without its graph."""
        return self.minimise_sum([loss])

    def minimise_sum(self, losses: Iterable["torch.Tensor"]) -> "torch.Tensor":
        """As `minimise` for the sum of losses that are computed one after the other, each freed before the next."""
        total = self.accumulate(losses)
        self.step()
        return total

    def accumulate(self, losses: Iterable["torch.Tensor"]) -> "torch.Tensor":
        """Put the gradients of a sum of losses in the place of those before; the sum, without its graph."""
        self.optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for loss in losses:
            self.scaler.scale(loss).backward()
            total = total + loss.detach()
        average_gradients(p for group in self.optimiser.param_groups for p in group["params"])
        return total

    def step(self) -> None:
        """One optimiser step down the gradients."""
        from torch.nn.utils import clip_grad_norm_

        if self.longest is not None:
            self.scaler.unscale_(self.optimiser)
            learning = [p for group in self.optimiser.param_groups for p in group["params"]]
            clip_grad_norm_(learning, self.longest)
        self.scaler.step(self.optimiser)
        self.scaler.update()

    def end_round(self, score: float) -> None:
        """Let the schedule see the epoch's validation score (lower is better)."""
        import torch

        if isinstance(self.schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
            self.schedule.step(score)
        else:
            self.schedule.step()

    def l2_term(self) -> float:
        """What `l2_convolutions` adds to the loss; the gradients have it, the losses of the batches have not."""
        return self.l2 * float(sum(kernel.detach().square().sum() for kernel in self.kernels))

    @property
    def lr(self) -> float:
        """The learning rate in force."""
        return self.optimiser.param_groups[0]["lr"]

    def state_dict(self) -> dict:
        """Everything needed to go on exactly here."""
        parts = {"optimiser": self.optimiser, "schedule": self.schedule, "scaler": self.scaler}
        return {name: part.state_dict() for name, part in parts.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the state of `state_dict`."""
        for now, saved in zip(self.optimiser.param_groups, state["optimiser"]["param_groups"]):
            saved |= {key: now[key] for key in ("fused",) if key in now}  # as this device has it, not the former one
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.scaler.load_state_dict(state["scaler"])


class Phases:
    """The phases of a recipe as a schedule: sets rate, momentum and what learns at the start of each."""

    def __init__(self, optimiser: "torch.optim.Optimizer", network: "torch.nn.Module", recipe: Recipe):
        self.optimiser, self.phases, self.momentum = optimiser, recipe.phases, recipe.optimiser.momentum
        self.learning = {name: p for name, p in network.named_parameters() if p.requires_grad}
        steps_an_epoch = recipe.validate_every or 1
        self.phase_of_epoch = [i for i, p in enumerate(self.phases) for _ in range(p.length // steps_an_epoch)]
        self.epoch = 0
        self._check_names()
        self._enter()

    def step(self) -> None:
        """An epoch has ended."""
        self.epoch += 1
        self._enter()

    def state_dict(self) -> dict:
        """The number of epochs that have ended."""
        return {"epoch": self.epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the state of `state_dict`."""
        self.epoch = state["epoch"]
        self._enter()

    def _check_names(self) -> None:
        for beginning in {name for phase in self.phases for name in phase.trainable or []}:
            if not any(name.startswith(beginning) for name in self.learning):
                parts = {name.split(".")[0] for name in self.learning}
                where = "recipe.phases.trainable"
                raise ConfigError(where, repr(beginning), "the beginning of a parameter", nearest(beginning, parts))

    def _enter(self) -> None:
        phase = self.phases[self.phase_of_epoch[min(self.epoch, len(self.phase_of_epoch) - 1)]]
        for group in self.optimiser.param_groups:
            group["lr"] = phase.lr
            if "momentum" in group:
                group["momentum"] = self.momentum if phase.momentum is None else phase.momentum
        for name, parameter in self.learning.items():
            parameter.requires_grad_(phase.trainable is None or name.startswith(tuple(phase.trainable)))


def kernels(parameters: Iterable["torch.nn.Parameter"]) -> list["torch.nn.Parameter"]:
    """The kernels of convolutions among parameters."""
    return [p for p in parameters if p.ndim == 4]


def _optimiser(parameters: list["torch.nn.Parameter"], recipe: Recipe, fused: bool) -> "torch.optim.Optimizer":
    """fused: one kernel for all parameters, where torch has it; results differ by rounding."""
    import torch

    fused = fused or None  # None leaves it to torch, which takes a loop of kernels on a CPU
    # l2 * sum(w^2) has the gradient 2 l2 w, which is what weight_decay = 2 l2 adds in torch's Adam, SGD and RMSprop.
    settings, learning = recipe.optimiser, [p for p in parameters if p.requires_grad]
    others = [p for p in learning if p.ndim != 4]
    groups = [
        {"params": kernels(learning), "weight_decay": settings.weight_decay + 2 * recipe.l2_convolutions},
        {"params": others, "weight_decay": settings.weight_decay},
    ]
    groups = [group for group in groups if group["params"]]
    if settings.name in ("adam", "adamw"):
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings.name]
        return kind(groups, lr=settings.lr, fused=fused)
    if settings.name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=settings.lr, momentum=settings.momentum)
    momentum = {"momentum": settings.momentum, "nesterov": settings.nesterov}
    return torch.optim.SGD(groups, lr=settings.lr, fused=fused, **momentum)


def _schedule(optimiser: "torch.optim.Optimizer", recipe: Recipe):
    from torch.optim import lr_scheduler

    settings = recipe.schedule
    if settings.name == "plateau":
        # torch lowers the rate after more than `patience` bad epochs.
        return lr_scheduler.ReduceLROnPlateau(
            optimiser,
            factor=settings.factor,
            patience=settings.patience,
            threshold=settings.threshold,
            threshold_mode="abs",
        )
    if settings.name == "step" and not settings.warm_up:
        return lr_scheduler.StepLR(optimiser, settings.every, settings.factor)
    epochs, _ = recipe.length(steps_per_epoch=1)
    return lr_scheduler.LambdaLR(optimiser, lambda number: settings.share(number, epochs))

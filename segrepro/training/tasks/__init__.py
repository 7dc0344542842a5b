"""What one training step can be, by name. Importing this package, and checking a name, does not import torch."""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segrepro.losses import build_loss, check_loss, from_zero, list_losses, loss_info
from segrepro.utils.errors import ConfigError, nearest
from segrepro.utils.own_code import is_own

if TYPE_CHECKING:
    import torch

    from segrepro.training.recipe import Recipe
    from segrepro.training.tasks.base import Task

CONTEXT_NORMS = ("joint", "separate", "none")  # see `segrepro.training.tasks.synthesis.ImageLoss`


@dataclass(frozen=True)
class TaskInfo:
    """One task that is trained by gradient.

    place: "module:Class" in this package. networks: those it can train, empty for any that gives logits.
    image_loss: whether its loss compares images; adversarial: whether by a discriminator. options: of the task.
    needs_target: whether batches must carry the real DWI. init_from: whether it needs a synthesis trained before.
    """

    place: str
    networks: tuple[str, ...] = ()
    image_loss: bool = False
    adversarial: bool = False
    options: tuple[str, ...] = ()
    needs_target: bool = False
    init_from: bool = False


_TASKS = {
    "segmentation": TaskInfo("segmentation:SegmentationTask"),
    "synthesis": TaskInfo(
        "synthesis:SynthesisTask",
        ("synthesis",),
        image_loss=True,
        options=("beta", "context_norm", "frozen_context_encoder"),
        needs_target=True,
    ),
    "adversarial": TaskInfo(
        "adversarial:AdversarialTask", ("synthesis",), image_loss=True, adversarial=True, needs_target=True
    ),
    "pseudo_dwi": TaskInfo(
        "pseudo_dwi:PseudoDwiTask",
        ("pseudo_dwi",),
        options=("synthesis_loss", "alpha", "beta", "context_norm", "frozen_context_encoder"),
        needs_target=True,
    ),
    "two_step": TaskInfo("pseudo_dwi:TwoStepTask", ("pseudo_dwi",), init_from=True),
}


def list_tasks() -> dict[str, TaskInfo]:
    """Every task by name.

    >>> list_tasks()["pseudo_dwi"].needs_target
    True
    """
    return dict(_TASKS)


def check_task(name: str, network: str, loss: str) -> None:
    """Raise ConfigError when there is no such task, or network or loss do not fit it; imports no torch.

    >>> check_task("synthesis", "synthesis", "w_l2_h1")
    >>> check_task("synthesis", "synthesis", "ce")
    Traceback (most recent call last):
    ...
    segrepro.utils.errors.ConfigError: task synthesis: found the loss ce; expected one of l1, l2, ... Choose another ...
    """
    where = f"task {name}"
    if name not in _TASKS:
        raise ConfigError(where, "no task of that name", "a known one", nearest(name, _TASKS))
    info = _TASKS[name]
    if info.networks and network not in info.networks:
        raise ConfigError(where, f"the network {network}", " or ".join(info.networks), "Choose another network.")
    check_loss(loss)
    fitting = _losses_of(info)
    if loss not in fitting and (info.image_loss or not is_own(loss)):
        raise ConfigError(where, f"the loss {loss}", f"one of {', '.join(fitting)}", "Choose another loss.")


def check_task_option(name: str, option: str, value: object) -> None:
    """Raise ConfigError when a task has no such option or it cannot have this value; imports no torch.

    >>> check_task_option("pseudo_dwi", "beta", 0)
    >>> check_task_option("pseudo_dwi", "synthesis_loss", "wl2")
    Traceback (most recent call last):
    ...
    segrepro.utils.errors.ConfigError: task pseudo_dwi: found synthesis_loss 'wl2'; expected a ... Did you mean w_l2?
    """
    where, known = f"task {name}", _TASKS[name].options if name in _TASKS else ()
    if option not in known:
        remedy = nearest(str(option), known) if known else "Remove it."
        raise ConfigError(where, f"option {option}", ", ".join(known) or "no option", remedy)
    found, losses = f"{option} {value!r}", _losses_of(_TASKS["synthesis"])
    if option == "synthesis_loss":
        if value not in losses:
            raise ConfigError(where, found, "a loss of the task synthesis", nearest(str(value), losses))
    elif option == "context_norm":
        if value not in CONTEXT_NORMS:
            raise ConfigError(where, found, "how Phi_c normalises", nearest(str(value), CONTEXT_NORMS))
    elif option == "frozen_context_encoder":
        if not isinstance(value, bool):
            raise ConfigError(where, found, "true or false", "Write it without quotes.")
    elif not from_zero(value):
        raise ConfigError(where, found, "a finite number from 0 on", "Change it.")


def build_task(
    name: str,
    network: "torch.nn.Module",
    loss: str,
    recipe: "Recipe",
    device: "torch.device",
    loss_options: dict | None = None,
    **options: object,
) -> "Task":
    """A task ready to train.

    options: the task's own. two_step takes `synthesis` too: the weights of a `Synthesis`, by name.
    """
    _require_images_apart(loss, recipe)
    info = _TASKS[name]
    module, _, kind = info.place.partition(":")
    task = getattr(importlib.import_module(f"{__name__}.{module}"), kind)
    if info.image_loss:
        return task(network, loss, recipe, device, **options, **(loss_options or {}))
    function = build_loss(loss, **(loss_options or {}))
    return task(network, function, recipe, device, weighted=loss_info(loss).weighted, **options)


def _losses_of(info: TaskInfo) -> list[str]:
    return [
        name
        for name, loss in list_losses().items()
        if (loss.output == "image") == info.image_loss and loss.adversarial == info.adversarial
    ]


def _require_images_apart(loss: str, recipe: "Recipe") -> None:
    """With `micro_batch_size: auto` a batch's loss must be the mean of those of its images; else ConfigError."""
    if recipe.micro_batch_size == "auto" and not loss_info(loss).by_image:
        fitting = ", ".join(known for known, one in list_losses().items() if one.by_image)
        remedy = "Give a number, or leave it out."
        raise ConfigError("recipe.micro_batch_size", f"auto beside the loss {loss}", f"one of {fitting}", remedy)

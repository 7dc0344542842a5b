"""Every loss of the papers, by name. Importing this package, and listing the names, does not import torch."""

import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from segrepro.utils.errors import ConfigError, nearest
from segrepro.utils.own_code import called, is_own, load


@dataclass(frozen=True)
class LossInfo:
    """One loss.

    module: where its function, of the same name, stands. paper: whose it is and where.
    output: what it scores, "one logit" (target (N, 1, H, W) of 0 and 1), "classes" (logits (N, C, H, W) and
    integer target (N, H, W); a single logit with its target is taken as two classes) or "image" (two images
    (N, 1, H, W)). options: names for `build_loss`; `needs` are those without which it cannot be built.
    weighted: whether it uses the weight map. adversarial: whether its call needs `condition`. by_image: whether the
    loss of a batch is the mean of those of its images.
    """

    module: str
    paper: str
    output: str
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    weighted: bool = False
    adversarial: bool = False
    by_image: bool = False


# The options that a study can give; the others are handed over by the training.
NUMBERS = {"ignore_index": int, "gamma": int | float, "l2_weight": int | float}
LISTS = ("class_weights",)  # of numbers, one a class
_ISLES = "Pseudo-DWI + SLNet"
_LOSSES = {
    "dice_ce": LossInfo("segmentation", "X-Net, section 3", "one logit"),
    "dice": LossInfo("segmentation", "HLE-Net, section 3.1", "one logit"),
    "ce": LossInfo("segmentation", f"{_ISLES}, Table 4", "classes"),
    "wce": LossInfo("segmentation", f"{_ISLES}, Eq. 12", "classes", weighted=True),
    "gd": LossInfo("segmentation", f"{_ISLES}, Eq. 14", "classes"),
    "hgd": LossInfo("segmentation", f"{_ISLES}, Eq. 13", "classes"),
    "ce_hgd": LossInfo("segmentation", f"{_ISLES}, Eq. 11 with A = 1", "classes"),
    "wce_hgd": LossInfo("segmentation", f"{_ISLES}, Eq. 11", "classes", weighted=True),
    "dice_milletari": LossInfo("segmentation", f"{_ISLES}, Table 4", "classes"),
    "weighted_ce_dice": LossInfo("segmentation", "scSE U-Net", "classes", ("class_weights",)),
    "pixel_sum_ce": LossInfo("segmentation", "WMH FCN", "classes", ("ignore_index",), by_image=True),
    "l1": LossInfo("synthesis", f"{_ISLES}, Table 1", "image"),
    "l2": LossInfo("synthesis", f"{_ISLES}, Table 1", "image"),
    "w_l2": LossInfo("synthesis", f"{_ISLES}, Eq. 7", "image", weighted=True),
    "w_l2_h1": LossInfo(
        "synthesis",
        f"{_ISLES}, Eq. 6",
        "image",
        ("context_encoder", "gamma"),
        ("context_encoder",),
        weighted=True,
    ),
    "w_l2_h2": LossInfo(
        "synthesis",
        f"{_ISLES}, Table 1",
        "image",
        ("context_encoder", "gamma"),
        ("context_encoder",),
        weighted=True,
    ),
    "lsgan": LossInfo(
        "synthesis", f"{_ISLES}, Table 1", "image", ("discriminator",), ("discriminator",), adversarial=True
    ),
    "l2_lsgan": LossInfo(
        "synthesis",
        f"{_ISLES}, Table 1",
        "image",
        ("discriminator", "l2_weight"),
        ("discriminator",),
        adversarial=True,
    ),
}


def list_losses() -> dict[str, LossInfo]:
    """Every loss by name.

    >>> list_losses()["wce"].paper
    'Pseudo-DWI + SLNet, Eq. 12'
    """
    return dict(_LOSSES)


def loss_info(name: str) -> LossInfo:
    """What is known of a loss; one of 'module:Name' takes logits and classes, or one logit and its target.

    >>> loss_info("my_losses:Tversky").output
    'classes'
    """
    return LossInfo("", "", "classes") if is_own(name) else _LOSSES[name]


def check_loss(name: str, options: object = ()) -> None:
    """Raise ConfigError when there is no such loss or it has no such option; does not import torch.

    >>> check_loss("dice_cee")
    Traceback (most recent call last):
    ...
    segrepro.utils.errors.ConfigError: loss dice_cee: found no loss of that name; ... Did you mean dice_ce?
    """
    if is_own(name):
        return
    if name not in _LOSSES:
        raise ConfigError(
            f"loss {name}", "no loss of that name", "a known one or 'module:Name'", nearest(name, _LOSSES)
        )
    known = _LOSSES[name].options
    for option in options:
        if option not in known:
            expected = ", ".join(known) or "no option"
            raise ConfigError(f"loss {name}", f"option {option}", expected, nearest(option, known) if known else "")


def check_loss_option(name: str, option: str, value: object) -> None:
    """Raise ConfigError when a study cannot give a loss this option; those that are no number are made in training."""
    if is_own(name):
        return
    known = [known for known in _LOSSES[name].options if known in (*NUMBERS, *LISTS)]
    if option not in known:
        remedy = nearest(option, known) if known else "Remove it."
        raise ConfigError(f"loss {name}", f"option {option}", ", ".join(known) or "no option", remedy)
    if option in LISTS:
        if not (isinstance(value, list | tuple) and all(map(from_zero, value)) and any(value)):
            expected = "a list of numbers from 0 on, not all 0"
            raise ConfigError(f"loss {name}", f"{option} {value!r}", expected, "Give one a class.")
    elif not from_zero(value, NUMBERS[option]):
        expected = "a whole number from 0 on" if NUMBERS[option] is int else "a finite number from 0 on"
        raise ConfigError(f"loss {name}", f"{option} {value!r}", expected, "Change it.")


def from_zero(value: object, kind: object = int | float) -> bool:
    """Whether a value is a finite number of this type from 0 on.

    >>> from_zero(0.5), from_zero(0.5, int), from_zero(-1), from_zero(True), from_zero("1")
    (True, False, False, False, False)
    """
    return isinstance(value, kind) and not isinstance(value, bool) and 0 <= value < math.inf


def build_loss(name: str, **options) -> Callable:
    """A loss to be called as loss(output, target, weight_map=None), which returns a scalar to be minimised.

    name: one of `list_losses()`, or 'module:Name' for any other, of a package or of one's own: a class is called with
    the options, and what it gives with (output, target); a function is called with (output, target, **options). With
    MONAI's option `to_onehot_y` the classes are handed over as it wants them, (N, 1, H, W).

    See LossInfo.output for the layouts and each loss's own docstring for its edges. weight_map is the map A
    of `segrepro.losses.weight_maps.weight_map`, broadcast against the pixels; without one A is 1, and a
    loss that is not `weighted` does not look at it. The adversarial losses take `condition`, the
    generator's input, too. All sums run in float32 at least, whatever the type of the output. Raises
    ConfigError for an unknown name, an unknown option or one that is missing.

    >>> import torch
    >>> loss = build_loss("dice")
    >>> round(loss(torch.full((1, 1, 2, 2), 20.0), torch.ones(1, 1, 2, 2)).item(), 4)
    0.0
    """
    check_loss(name, options)
    if is_own(name):
        return _own_loss(name, options)
    missing = [option for option in _LOSSES[name].needs if option not in options]
    if missing:
        raise ConfigError(f"loss {name}", f"no {missing[0]}", "the network it compares with", "Pass it as an option.")
    module = importlib.import_module(f"segrepro.losses.{_LOSSES[name].module}")
    return partial(getattr(module, name), **options)


def _own_loss(name: str, options: Mapping) -> Callable:
    where, found = f"loss {name}", load(name, f"loss {name}")
    loss = called(name, where, (), options) if isinstance(found, type) else partial(found, **options)
    return (lambda output, target: loss(output, target[:, None])) if options.get("to_onehot_y") else loss

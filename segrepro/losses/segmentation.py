"""Losses between a segmentation network's logits and a label.

Sums run over the whole batch unless said otherwise. "Empty" is a batch without any foreground, "full" one
without any background. All losses are finite, with finite gradients, for every finite logit and every label.
"""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot

from segrepro.utils.errors import ConfigError

EPSILON = 1e-7


def precise(x: torch.Tensor) -> torch.Tensor:
    """float32 instead of half precision; float64 stays."""
    return x if x.dtype == torch.float64 else x.float()


def dice_ce(logits, target, weight_map=None):
    """Mean binary cross entropy + 1 - 2 sum(y p) / (sum y + sum p + 1e-7), p = sigmoid(logits).

    X-Net: "Dice loss and cross entropy loss"; the form of the Dice term is the released code's.
    Empty: the Dice term is 1 and has no gradient, so only the cross entropy teaches. Perfect: 0.
    """
    logits, y = _single(logits, target, "dice_ce")
    p = logits.sigmoid()
    dice = 2 * (y * p).sum() / (y.sum() + p.sum() + EPSILON)
    return binary_cross_entropy_with_logits(logits, y) + 1 - dice


def dice(logits, target, weight_map=None):
    """1 - (2 sum(y p) + 1) / (sum y + sum p + 1), p = sigmoid(logits).

    HLE-Net: "Dice loss", its form is not given; this one is from the same group's later code.
    Empty: 1 - 1 / (sum p + 1), which still pushes p down. Perfect, also when empty: 0.
    """
    logits, y = _single(logits, target, "dice")
    return 1 - _smooth_dice(logits.sigmoid().flatten(), y.flatten())


def ce(logits, target, weight_map=None):
    """Mean cross entropy over all pixels. Perfect: 0.

    Pseudo-DWI + SLNet: L_CE of Table 4, Eq. 12 with A = 1.
    """
    logits, target = _classes(logits, target)
    return cross_entropy(logits, target)


def wce(logits, target, weight_map=None):
    """Eq. 12: sum(A * cross entropy) / sum(A). weight_map A: (N, H, W), (N, 1, H, W) or None for A = 1."""
    logits, target = _classes(logits, target)
    return _weighted_ce(logits, target, weight_map)


def gd(logits, target, weight_map=None):
    """Eq. 14, generalised Dice: 1 - 2 sum_c m_c sum(Y P) / sum_c m_c sum(Y + P), m_c = 1 / (sum Y_c)^2.

    A class without a pixel would have an infinite m_c; it gets the largest of the others, so that predicting
    it costs. Empty or full and perfect: 0.
    """
    return 1 - _generalised_dice(*_classes(logits, target))


def hgd(logits, target, weight_map=None):
    """Eq. 13: -log(1 - generalised Dice loss), with 1 - loss kept above 1e-7.

    The paper's text calls it Eq. 11 in one place. A prediction wrong in every pixel gives at most
    -log(1e-7) = 16.1, there without gradient.
    """
    return -_generalised_dice(*_classes(logits, target)).clamp_min(EPSILON).log()


def ce_hgd(logits, target, weight_map=None):
    """Eq. 11 with A = 1: ce + hgd."""
    return ce(logits, target) + hgd(logits, target)


def wce_hgd(logits, target, weight_map=None):
    """Eq. 11: wce + hgd."""
    return wce(logits, target, weight_map) + hgd(logits, target)


def dice_milletari(logits, target, weight_map=None):
    """1 - 2 sum(y p) / (sum y^2 + sum p^2 + 1e-7) (Milletari et al. 2016), mean over the foreground classes.

    Pseudo-DWI + SLNet: L_DICE of Table 4, which cites that form and does not print it.
    Empty: 1 without gradient. Perfect: 0 (1 for a class that is absent).
    """
    p, y = _probabilities(*_classes(logits, target))
    overlap = 2 * (p * y).sum(1) / ((p**2).sum(1) + y.sum(1) + EPSILON)
    return 1 - overlap[1:].mean()


def weighted_ce_dice(logits, target, weight_map=None, class_weights=None):
    """Class-weighted cross entropy + 1 - mean foreground (2 sum(y p) + 1) / (sum y + sum p + 1).

    scSE U-Net: weights are the inverse class frequencies of the training set, see `inverse_frequencies`; without them
    all are 1, as in the authors' notebook on MR. That on CT has 0.1 and 0.9. The Dice term is the notebooks'.
    Empty: the Dice term is 1 - mean 1 / (sum p + 1). Perfect: 0.
    """
    logits, target = _classes(logits, target)
    weights = None if class_weights is None else logits.new_tensor(class_weights)[target]
    p, y = _probabilities(logits, target)
    return _weighted_ce(logits, target, weights) + 1 - _smooth_dice(p, y)[1:].mean()


def pixel_sum_ce(logits, target, weight_map=None, ignore_index=2):
    """Cross entropy summed over the pixels of each image, mean over the images.

    WMH FCN: its learning rates of 1e-8 and 1e-9 presume a loss that is not divided by the number of pixels.
    Pixels labelled `ignore_index` do not count: 2 is the challenge's "other pathology", of which the paper
    says nothing; pass 255 where the label's border is marked so. Nothing but ignored pixels: 0 with zero
    gradient.
    """
    logits, target = _classes(logits, target)
    return cross_entropy(logits, target, ignore_index=ignore_index, reduction="sum") / len(logits)


def _single(logits, target, name):
    """Logits and target of a one-channel output in one type."""
    if logits.shape[1] != 1 or target.shape != logits.shape:
        found = f"logits {tuple(logits.shape)} and target {tuple(target.shape)}"
        raise ConfigError(f"loss {name}", found, "both (N, 1, H, W)", "Use out_channels: 1 or a loss over classes.")
    logits = precise(logits)
    return logits, target.to(logits.dtype)


def _classes(logits, target):
    """Logits (N, C, H, W) and integer target (N, H, W); one logit z becomes the classes (0, z), whose softmax
    is (1 - sigmoid(z), sigmoid(z))."""
    logits = precise(logits)
    if logits.shape[1] == 1:
        logits = torch.cat([torch.zeros_like(logits), logits], 1)
    if target.ndim == logits.ndim:
        target = target[:, 0]
    return logits, target.long()


def _probabilities(logits, target):
    """Probabilities and one-hot label, both (C, pixels of the batch)."""
    y = one_hot(target, logits.shape[1]).to(logits.dtype)
    return logits.softmax(1).transpose(0, 1).flatten(1), y.flatten(0, -2).T


def _weighted_ce(logits, target, weights):
    if weights is None:
        return cross_entropy(logits, target)
    weights = weights.to(logits.dtype).reshape(-1, *target.shape[1:]).expand_as(target)
    return (weights * cross_entropy(logits, target, reduction="none")).sum() / weights.sum().clamp_min(EPSILON)


def _smooth_dice(p, y):
    """(2 sum(y p) + 1) / (sum y + sum p + 1) along the last axis."""
    return (2 * (p * y).sum(-1) + 1) / (p.sum(-1) + y.sum(-1) + 1)


def _generalised_dice(logits, target):
    p, y = _probabilities(logits, target)
    voxels = y.sum(1)
    m = 1 / voxels.clamp_min(1) ** 2
    m = torch.where(voxels > 0, m, torch.where(voxels > 0, m, 0).max())
    return 2 * (m * (y * p).sum(1)).sum() / (m * (voxels + p.sum(1))).sum()

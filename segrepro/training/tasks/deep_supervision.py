"""Deep supervision: the loss of a network that gives logits of several resolutions while it is trained."""

from collections.abc import Callable, Sequence

import torch

from segrepro.networks.bilinear import resized


def supervised(outputs: Sequence[torch.Tensor], loss: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """The weighted mean of the losses of all outputs; each weighs half of the one before, as in nnU-Net.

    outputs: logits (N, K, h, w), the full resolution (N, K, H, W) first. The others are enlarged to it, bilinearly,
    where nnU-Net makes the labels smaller: a small lesion is not lost. loss: of logits (N, K, H, W).

    >>> logits = [torch.full((1, 1, 4, 4), 3.0), torch.full((1, 1, 2, 2), 6.0)]
    >>> supervised(logits, torch.mean)
    tensor(4.)
    """
    size = outputs[0].shape[2:]
    weights = [2.0**-number for number in range(len(outputs))]
    enlarged = (each if each.shape[2:] == size else resized(each, size) for each in outputs)
    return sum(weight * loss(each) for weight, each in zip(weights, enlarged)) / sum(weights)

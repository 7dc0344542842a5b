"""Probabilities of slices, as fast as this machine gives them.

Three things make a network faster that has been trained: channels-last memory, batch norm folded into the
convolution before it, and bfloat16 arithmetic where the processor has it. docs/performance.md has the numbers.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from segrepro.inference.fuse import fast_network

if TYPE_CHECKING:
    import torch

# Few slices stay in a CPU's cache; a GPU wants many.
SLICES_AT_ONCE = {"cpu": 2, "cuda": 16}


def slice_probabilities(network: nn.Module, images: np.ndarray, device: torch.device) -> np.ndarray:
    """Probabilities of a case's prepared slices.

    network: on `device`, in evaluation mode; from `fast_network` it is fast. images: (S, C, H, W), as prepared
    for training. Returns (S, K, H, W) float32: for K = 1 that of the label (sigmoid), else of background and
    labels (softmax).
    """
    step, parts = SLICES_AT_ONCE[device.type], []
    with torch.inference_mode(), low_precision(device):
        for start in range(0, len(images), step):
            part = torch.from_numpy(np.ascontiguousarray(images[start : start + step])).to(device).float()
            logits = network(part.contiguous(memory_format=torch.channels_last)).float()
            parts.append(_probabilities(logits).contiguous().cpu().numpy())
    return np.concatenate(parts)


def labels_of(probabilities: np.ndarray) -> np.ndarray:
    """Label map (N, ...) uint8 of (N, K, ...) probabilities: above 0.5 for K = 1, else the likeliest.

    >>> labels_of(np.array([0.5, 0.6]).reshape(1, 1, 1, 2)).tolist()
    [[[0, 1]]]
    """
    labels = probabilities[:, 0] > 0.5 if probabilities.shape[1] == 1 else probabilities.argmax(1)
    return labels.astype(np.uint8)


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies in bfloat16; where it has to imitate that, float32 is faster."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.ops.mkldnn._is_mkldnn_bf16_supported() and torch.cpu._is_avx512_bf16_supported()


def low_precision(device: torch.device):
    """A context in which convolutions and matrix products run in bfloat16, where the device has it."""
    return torch.autocast(device.type, torch.bfloat16) if has_bfloat16(device) else nullcontext()


def _probabilities(logits: torch.Tensor) -> torch.Tensor:
    return logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(1)


def mean_probabilities(networks: Sequence, images: np.ndarray, device: "torch.device", tta: bool = False) -> np.ndarray:
    """The mean of `slice_probabilities` (S, K, H, W) over networks and, with `tta`, the four mirrorings."""

    flips = [(), (2,), (3,), (2, 3)] if tta else [()]
    total = np.zeros((1,), np.float32)
    for network in networks:
        fast = fast_network(network, device)
        for axes in flips:
            total = total + np.flip(slice_probabilities(fast, np.flip(images, axes), device), axes)
    return total / np.float32(len(flips) * len(networks))

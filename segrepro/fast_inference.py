"""Probabilities of slices, as fast as this machine gives them.

Three things make a network faster that has been trained: channels-last memory, batch norm folded into the
convolution before it, and bfloat16 arithmetic where the processor has it. docs/performance.md has the numbers.
"""

import copy
from collections import defaultdict
from contextlib import nullcontext

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# Few slices stay in a CPU's cache; a GPU wants many.
SLICES_AT_ONCE = {"cpu": 2, "cuda": 16}


def fast_network(network: nn.Module, device: torch.device) -> nn.Module:
    """A copy of a trained network on `device`, channels-last, with batch norms folded where they can be.

    The copy predicts what the network does, up to rounding; it is not for training. A network that cannot be
    traced keeps its batch norms, and that is said on standard output.

    >>> layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    >>> fast_network(layers, torch.device("cpu"))[1]
    Identity()
    """
    fast = copy.deepcopy(network).eval().requires_grad_(False)
    try:
        pairs = foldable_pairs(fast)
    except Exception as error:  # a user's own forward may do anything; torch.fx raises as many kinds of errors
        reason = str(error).strip().splitlines()[0][:200]
        print(f"batch norm is not folded: the network cannot be traced ({reason})", flush=True)
        pairs = {}
    for convolution, norm in pairs.items():
        fused = fuse_conv_bn_eval(fast.get_submodule(convolution), fast.get_submodule(norm))
        fast.set_submodule(convolution, fused)
        fast.set_submodule(norm, nn.Identity())
    return fast.to(device, memory_format=torch.channels_last)


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


class _Tracer(torch.fx.Tracer):
    """Looks only into modules that hold a convolution: the others may do what cannot be traced."""

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        inside = any(isinstance(part, nn.Conv2d) for part in module.modules())
        return not inside or super().is_leaf_module(module, name)


def foldable_pairs(network: nn.Module) -> dict[str, str]:
    """Names of the convolutions, each with the batch norm that takes all it gives and nothing else.

    Modules that are used several times count once, where every use is such a pair; those with two names are
    left out. Raises whatever torch.fx raises for a network that cannot be traced.
    """
    before, behind = defaultdict(set), defaultdict(set)
    for node in _Tracer().trace(network).nodes:
        for source in node.all_input_nodes:
            behind[_name(source)].add(_name(node))
            before[_name(node)].add(_name(source))
    single = {name: module for name, module in network.named_modules() if _has_one_name(network, module)}
    return {
        name: norm
        for name, module in single.items()
        if type(module) is nn.Conv2d and len(behind[name]) == 1
        for norm in behind[name]
        if before[norm] == {name} and isinstance(single.get(norm), nn.BatchNorm2d) and single[norm].track_running_stats
    }


def _name(node: torch.fx.Node) -> str:
    """A module's name; of anything else one that no module has."""
    return str(node.target) if node.op == "call_module" else f"-{node.name}"


def _has_one_name(network: nn.Module, module: nn.Module) -> bool:
    return sum(other is module for _, other in network.named_modules(remove_duplicate=False)) == 1

"""Batch norm folded into the convolution before it, for networks that are no longer trained."""

import copy
from collections import defaultdict

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fast_network(network: nn.Module, device: torch.device) -> nn.Module:
    """A copy of a trained network on `device`, channels-last, with batch norms folded where they can be.

    The copy predicts what the network does, up to rounding; it is not for training. A network that cannot be
    traced keeps its batch norms, and that is said on standard output; TorchScript stays as it is.

    >>> layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    >>> fast_network(layers, torch.device("cpu"))[1]
    Identity()
    """
    if isinstance(network, torch.jit.ScriptModule):
        return network.to(device)
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

"""Networks from their names: built-in ones and any other class. torch is imported when one is built."""

import importlib
import math
from functools import partial
from typing import TYPE_CHECKING

from segrepro.networks.registry import check_network, network_info
from segrepro.utils.errors import NetworkError
from segrepro.utils.own_code import called, is_own, load

if TYPE_CHECKING:
    from torch import nn


def build_network(name: str, in_channels: int, out_channels: int, /, **options) -> "nn.Module":
    """A network with torch's default initialisation.

    name: one of `network_names()`, or 'module:Class' for any other, of a package or of one's own: see
    `segrepro.utils.own_code`. The class is called with (in_channels, out_channels, **options), or with the options
    alone where `$in` and `$out` among their values say where the channels belong.

    The network takes (N, in_channels, H, W), H and W multiples of its `divisor`, and returns logits
    (N, out_channels, H, W); one of 'module:Class' may return a list while it is trained, the full resolution first
    (deep supervision). The exceptions: extractor and generator return images without an activation, context_encoder a
    vector (N, out_channels), patch_discriminator a list of maps, one a scale.
    Raises NetworkError or ConfigError for what cannot be built, and, when called, for an input of a wrong shape.

    >>> network = build_network("xnet", 1, 1, base_width=8)
    >>> network.divisor
    16
    """
    check_network(name, in_channels, out_channels, **options)
    if is_own(name):
        network = _own_network(name, in_channels, out_channels, options)
        network.divisor = getattr(network, "divisor", 1)
        network.register_forward_hook(_one_output)
    else:
        family = importlib.import_module(f"segrepro.networks.{network_info(name).family}")
        network = getattr(family, name)(in_channels, out_channels, **options)
    network.register_forward_pre_hook(partial(_check_input, name, in_channels))
    return network


def _check_input(name: str, in_channels: int, network: "nn.Module", inputs: tuple) -> None:
    """Forward pre-hook: the one place where an input's shape is checked."""
    shape, divisor = tuple(inputs[0].shape), network.divisor
    where = f"network {name}"
    if len(shape) != 4 or shape[1] != in_channels:
        expected = f"(N, {in_channels}, H, W)"
        raise NetworkError(where, f"an input of shape {shape}", expected, "Stack the input channels in axis 1.")
    smallest = getattr(network, "smallest", divisor)
    if any(size % divisor or size < smallest for size in shape[2:]):
        wanted = " x ".join(str(max(smallest, math.ceil(size / divisor) * divisor)) for size in shape[2:])
        expected = f"multiples of {divisor}" if divisor > 1 else f"at least {smallest} x {smallest}"
        remedy = f"Pad or crop it, for example to {wanted}."
        raise NetworkError(where, f"an input of {shape[2]} x {shape[3]} pixels", expected, remedy)


def _one_output(network: "nn.Module", inputs: tuple, output: object) -> object:
    """Forward hook: the outputs of deep supervision as a list, and of them the first while the network predicts.

    They may come stacked, (N, outputs, K, H, W), as MONAI's DynUNet gives them.
    """
    if getattr(output, "ndim", 4) == 5:
        output = list(output.unbind(1))
    return output[0] if isinstance(output, list | tuple) and not network.training else output


def _own_network(name: str, in_channels: int, out_channels: int, options: dict) -> "nn.Module":
    """What 'module:Class' gives; options may be `$in` and `$out`, else both numbers of channels come first."""
    from torch import nn

    where, channels = f"network {name}", {"$in": in_channels, "$out": out_channels}
    kind = load(name, where)
    if isinstance(kind, nn.Module):
        remedy = "Name its class, or a function that makes it."
        raise NetworkError(where, "a network that is made already", "what makes one", remedy)
    if isinstance(kind, type) and not issubclass(kind, nn.Module):
        raise NetworkError(where, f"the class {kind.__name__}", "a torch.nn.Module", "Name another class.")
    given = {key: _filled_in(value, channels) for key, value in options.items()}
    first = () if given != options else (in_channels, out_channels)
    network = called(name, where, first, given)
    if not isinstance(network, nn.Module):
        raise NetworkError(where, f"a {type(network).__name__}", "a torch.nn.Module", "Name a class of networks.")
    return network


def _filled_in(value: object, channels: dict[str, int]) -> object:
    """An option's value with the numbers of channels in place of `$in` and `$out`, in lists too."""
    if isinstance(value, list | tuple):
        return [_filled_in(one, channels) for one in value]
    return channels.get(value, value) if isinstance(value, str) else value

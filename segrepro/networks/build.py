"""Networks from their names: built-in ones and a user's own. torch is imported when one is built."""

import importlib
import inspect
import math
from functools import partial
from typing import TYPE_CHECKING

from segrepro.networks.custom import look_here, no_module
from segrepro.networks.registry import check_network, network_info
from segrepro.utils.errors import NetworkError, nearest

if TYPE_CHECKING:
    from torch import nn


def build_network(name: str, in_channels: int, out_channels: int, **options) -> "nn.Module":
    """A network with torch's default initialisation.

    name: one of `network_names()`, or 'module:Class' for a network of one's own; the module is looked for in
    the current folder too, and the class is called with (in_channels, out_channels, **options).

    The network takes (N, in_channels, H, W), H and W multiples of its `divisor`, and returns logits
    (N, out_channels, H, W). The exceptions: extractor and generator return images without an activation,
    context_encoder a vector (N, out_channels), patch_discriminator a list of maps, one a scale.
    Raises NetworkError for an unknown name or option, and, when called, for an input of a wrong shape.

    >>> network = build_network("xnet", 1, 1, base_width=8)
    >>> network.divisor
    16
    """
    check_network(name, in_channels, out_channels, **options)
    if ":" in name:
        network = _own_class(name, in_channels, out_channels, options)(in_channels, out_channels, **options)
        network.divisor = getattr(network, "divisor", 1)
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


def _own_class(name: str, in_channels: int, out_channels: int, options: dict) -> type:
    """The class behind 'module:Class'."""
    from torch import nn

    module_name, _, class_name = name.partition(":")
    where = f"network {name}"
    look_here()
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise no_module(name, str(error)) from error
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        classes = [n for n, v in vars(module).items() if isinstance(v, type) and issubclass(v, nn.Module)]
        remedy = nearest(class_name, classes)
        raise NetworkError(where, "no such torch.nn.Module there", f"a class {class_name}", remedy)
    try:
        inspect.signature(found).bind(in_channels, out_channels, **options)
    except TypeError as error:
        expected = f"{class_name}(in_channels, out_channels, **options)"
        raise NetworkError(where, f"a class that cannot be called so ({error})", expected, "Change it.") from error
    return found

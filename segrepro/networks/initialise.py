"""Initial weights: part of a paper's training recipe, not of its network."""

from typing import TYPE_CHECKING

from segrepro.utils.errors import NetworkError, nearest

if TYPE_CHECKING:
    from torch import nn

# The function of torch.nn.init and its arguments; torch itself is imported when weights are drawn.
SCHEMES = {
    "default": None,
    "kaiming_normal_fan_in": ("kaiming_normal_", {"mode": "fan_in", "nonlinearity": "relu"}),
    "kaiming_normal_fan_out": ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}),
    "xavier_uniform": ("xavier_uniform_", {}),
    "gaussian_new_layers": ("normal_", {"std": 0.01}),
}


def initialise(network: "nn.Module", scheme: str) -> "nn.Module":
    """Draw the weights of all convolutions anew, in place, with zero biases; the network is returned.

    default: torch's own, nothing is drawn (HLE-Net: the paper is silent).
    kaiming_normal_fan_in: Keras' he_normal (X-Net: the released code; torch does not truncate the normal).
    kaiming_normal_fan_out: scSE on CHAOS (its notebooks).
    xavier_uniform: pseudo-DWI ("Xavier method"; whether uniform or normal is not said).
    gaussian_new_layers: N(0, 0.01), except in a VGG trunk (`features`), which keeps what it has (WMH FCN; the
    paper is silent, this is the custom of the networks it follows).
    Normalisation layers keep scale 1 and shift 0. Draws from torch's global generator: seed it before.
    Raises NetworkError for an unknown scheme.

    >>> from torch import nn
    >>> convolution = initialise(nn.Conv2d(1, 4, 3), "xavier_uniform")
    >>> convolution.bias.tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    if scheme not in SCHEMES:
        remedy = nearest(scheme, SCHEMES)
        raise NetworkError(f"initialisation {scheme}", "no scheme of that name", "a known one", remedy)
    if SCHEMES[scheme] is None:
        return network
    from torch import nn

    function, arguments = SCHEMES[scheme]
    for name, layer in network.named_modules():
        trunk = scheme == "gaussian_new_layers" and name.startswith("features.")
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)) and not trunk:
            getattr(nn.init, function)(layer.weight, **arguments)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return network

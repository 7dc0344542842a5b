"""Pretrained weights of a network's trunk, known by their digest: where their file lies changes no result."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.utils.errors import NetworkError
from segrepro.utils.files import file_sha256

if TYPE_CHECKING:
    import torch
    from torch import nn

# The workflow sets it to the files that config.yaml names under `weights`: JSON, each file by its SHA-256 digest.
PRETRAINED = "SEGREPRO_PRETRAINED"


def load_pretrained(network: "nn.Module", sha256: str) -> None:
    """Load the weights of this digest, adapted to the WMH paper's input, into the trunk of a network.

    Initialise the network before, or with "gaussian_new_layers", which leaves the trunk alone. Raises NetworkError
    for a network of another kind, width or number of channels, and when no file of these weights is named or there.
    """
    from segrepro.networks.vgg_fcn import VGGFCN

    where = f"pretrained weights {sha256}"
    if not isinstance(network, VGGFCN):
        raise NetworkError(where, type(network).__name__, "vgg_fcn", "Take `pretrained` from the experiment.")
    width, channels = network.features[0].weight.shape[:2]
    if (channels, width) != (3, 64):
        found = f"{channels} input channels, base_width {width}"
        raise NetworkError(where, found, "3 and 64", "Repeat a channel, or leave the width.")
    files = json.loads(os.environ.get(PRETRAINED, "{}"))
    if sha256 not in files:
        raise NetworkError(where, "no file", "one named under `weights` in config.yaml", "Name it there.")
    load_vgg(network.features, files[sha256], sha256)


def load_vgg(features: "nn.Sequential", weights: str | Path, sha256: str | None = None) -> None:
    """Load the convolutions of a torchvision vgg16 weight file, made to fit the WMH paper's input.

    weights: a file of torch.save with the keys features.0.weight and so on (others are left aside), read
    without running code from it. sha256: what the file's digest must be. Nothing is ever fetched. Raises
    NetworkError when the file is missing, is another file or does not fit.
    """
    import torch

    where, remedy = f"weights {weights}", "Pass the state dict of torchvision's vgg16."
    path = Path(weights)
    if not path.is_file():
        raise NetworkError(where, "no such file", "a VGG-16 weight file", remedy)
    if sha256 is not None:
        found = file_sha256(path)
        if found != sha256.lower():
            raise NetworkError(where, f"sha256 {found}", sha256, "Download the file again.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        trunk = {key[9:]: value for key, value in state.items() if key.startswith("features.")}
        trunk["0.weight"], trunk["0.bias"] = adapt_first_layer(trunk["0.weight"], trunk["0.bias"])
        features.load_state_dict(trunk)
    except Exception as error:  # torch.load raises whatever its pickle reader happens upon
        reason = str(error).splitlines()[0]
        raise NetworkError(where, f"{type(error).__name__}: {reason}", "VGG-16 weights", remedy) from error


def adapt_first_layer(weight: "torch.Tensor", bias: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
    """The first layer for an input of 0 to 255 less 127 in the order B, G, R, instead of standardised RGB.

    With v in 0..255 the old input is (v / 255 - mean) / std and the new one x = v - 127, so
    W' = W / (255 std) and b' = b + sum(W (127 / 255 - mean) / std), and the channels are reversed.
    The outermost row and column differ a little: a border of zeros means 127 now and the mean before.
    """
    # The trunk is imported here, with torch.
    from segrepro.networks.vgg import MEAN_RGB, STD_RGB, SUBTRACTED

    mean, std = weight.new_tensor(MEAN_RGB).view(3, 1, 1), weight.new_tensor(STD_RGB).view(3, 1, 1)
    shift = (weight * (SUBTRACTED / 255 - mean) / std).sum((1, 2, 3))
    return (weight / (255 * std)).flip(1), bias + shift

"""Pretrained weights of a network's trunk, known by their digest: where their file lies changes no result."""

import json
import os
from typing import TYPE_CHECKING

from segrepro.errors import NetworkError

if TYPE_CHECKING:
    from torch import nn

# The workflow sets it to the files that config.yaml names under `weights`: JSON, each file by its SHA-256 digest.
PRETRAINED = "SEGREPRO_PRETRAINED"


def load_pretrained(network: "nn.Module", sha256: str) -> None:
    """Load the weights of this digest, adapted to the WMH paper's input, into the trunk of a network.

    Initialise the network before, or with "gaussian_new_layers", which leaves the trunk alone. Raises NetworkError
    for a network of another kind, width or number of channels, and when no file of these weights is named or there.
    """
    from segrepro.networks.vgg import load_vgg
    from segrepro.networks.vggfcn import VGGFCN

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

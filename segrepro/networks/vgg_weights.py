"""Pretrained weights of a network's trunk, known by their digest: where their file lies changes no result."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from segrepro.utils.errors import NetworkError
from segrepro.utils.files import file_sha256

if TYPE_CHECKING:
    import torch
    from torch import nn

# The workflow sets it to the files that config.yaml names under `weights`: JSON, each file by its SHA-256 digest.
PRETRAINED = "SEGREPRO_PRETRAINED"
REMEDY = "Pass one of the files of VGG-16 as it is given out, such as torchvision's."
SUBTRACTED = 127.0
REDUCED_FC = 31  # in vgg16_reducedfc.pth the layers from here on are the classifier's, as convolutions


class Input(NamedTuple):
    """What weights were trained for: RGB of 0 to 255, less a mean, over a standard deviation."""

    mean_rgb: tuple[float, float, float]
    std_rgb: tuple[float, float, float]


TORCHVISION = Input((0.485 * 255, 0.456 * 255, 0.406 * 255), (0.229 * 255, 0.224 * 255, 0.225 * 255))
# torchvision's page states (0.48235, 0.45882, 0.40784) of RGB / 255, over 1 / 255: Caffe's 123, 117 and 104.
CAFFE = Input((123.0, 117.0, 104.0), (1.0, 1.0, 1.0))


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
    """Load the convolutions of a VGG-16 weight file, made to fit the WMH paper's input.

    weights: a file of torch.save, read without running code from it: torchvision's (features.0.weight and so on, with
    a classifier), the one that the VGG authors trained with Caffe as torchvision gives it out (the same keys, its
    classifier NaN), or `vgg16_reducedfc.pth` of the same training (0.weight and so on). sha256: what the file's digest
    must be. Nothing is ever fetched. Raises NetworkError when the file is missing, is another file or does not fit.
    """
    import torch

    where = f"weights {weights}"
    path = Path(weights)
    if not path.is_file():
        raise NetworkError(where, "no such file", "a VGG-16 weight file", REMEDY)
    if sha256 is not None:
        found = file_sha256(path)
        if found != sha256.lower():
            raise NetworkError(where, f"sha256 {found}", sha256, "Download the file again.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        trunk, wanted = _trunk(state, where)
        trunk["0.weight"], trunk["0.bias"] = adapt_first_layer(trunk["0.weight"], trunk["0.bias"], wanted)
        features.load_state_dict(trunk)
    except NetworkError:
        raise
    except Exception as error:  # torch.load raises whatever its pickle reader happens upon
        reason = str(error).splitlines()[0]
        raise NetworkError(where, f"{type(error).__name__}: {reason}", "VGG-16 weights", REMEDY) from error


def _trunk(state: "Mapping[str, torch.Tensor]", where: str) -> "tuple[dict[str, torch.Tensor], Input]":
    """The convolutions by their keys in `features`, and the input that they want, told by the other keys."""
    if "0.weight" in state:
        convolutions = {key: value for key, value in state.items() if int(key.partition(".")[0]) < REDUCED_FC}
        return convolutions, CAFFE
    trunk = {key.removeprefix("features."): value for key, value in state.items() if key.startswith("features.")}
    classifier = [value for key, value in state.items() if key.startswith("classifier.")]
    if trunk and not classifier:
        found = "convolutions without a classifier"
        raise NetworkError(where, found, "a whole file, which tells for what input it was trained", REMEDY)
    return trunk, CAFFE if any(value.isnan().any() for value in classifier) else TORCHVISION


def adapt_first_layer(
    weight: "torch.Tensor", bias: "torch.Tensor", wanted: Input = TORCHVISION
) -> "tuple[torch.Tensor, torch.Tensor]":
    """The first layer for an input of 0 to 255 less 127 in the order B, G, R, instead of standardised RGB.

    With v in 0..255 the old input is (v - mean) / std and the new one x = v - 127, so W' = W / std and
    b' = b + sum(W (127 - mean) / std), and the channels are reversed.
    The outermost row and column differ a little: a border of zeros means 127 now and the mean before.
    """
    mean, std = weight.new_tensor(wanted.mean_rgb).view(3, 1, 1), weight.new_tensor(wanted.std_rgb).view(3, 1, 1)
    shift = (weight * (SUBTRACTED - mean) / std).sum((1, 2, 3))
    return (weight / std).flip(1), bias + shift

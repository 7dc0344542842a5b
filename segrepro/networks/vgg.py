"""The convolutions of VGG-16 (Simonyan and Zisserman 2015) and their pretrained weights."""

from pathlib import Path

import torch
from torch import nn

from segrepro.errors import NetworkError
from segrepro.files import file_sha256

STAGES = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))

# What torchvision's weights expect: RGB / 255, less these means, over these standard deviations.
MEAN_RGB = (0.485, 0.456, 0.406)
STD_RGB = (0.229, 0.224, 0.225)
SUBTRACTED = 127.0


def vgg_features(in_channels: int, base_width: int) -> nn.Sequential:
    """Five stages of 3x3 convolutions and ReLUs, a 2x2 max-pool behind each.

    Stored as `features` its state dict has the keys of torchvision's vgg16. Weights start He-normal, since
    without norm layers torch's default lets the signal die on its way.
    """
    features = nn.Sequential()
    channels = in_channels
    for stage in STAGES:
        for unit in stage:
            convolution = nn.Conv2d(channels, unit * base_width, 3, padding=1)
            nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(convolution.bias)
            features.extend([convolution, nn.ReLU(inplace=True)])
            channels = unit * base_width
        features.append(nn.MaxPool2d(2))
    return features


def stage_widths(base_width: int) -> list[int]:
    """Channels behind each stage.

    >>> stage_widths(64)
    [64, 128, 256, 512, 512]
    """
    return [stage[-1] * base_width for stage in STAGES]


def load_vgg(features: nn.Sequential, weights: str | Path, sha256: str | None = None) -> None:
    """Load the convolutions of a torchvision vgg16 weight file, made to fit the WMH paper's input.

    weights: a file of torch.save with the keys features.0.weight and so on (others are left aside), read
    without running code from it. sha256: what the file's digest must be. Nothing is ever fetched. Raises
    NetworkError when the file is missing, is another file or does not fit.
    """
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


def adapt_first_layer(weight: torch.Tensor, bias: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The first layer for an input of 0 to 255 less 127 in the order B, G, R, instead of standardised RGB.

    With v in 0..255 the old input is (v / 255 - mean) / std and the new one x = v - 127, so
    W' = W / (255 std) and b' = b + sum(W (127 / 255 - mean) / std), and the channels are reversed.
    The outermost row and column differ a little: a border of zeros means 127 now and the mean before.
    """
    mean, std = weight.new_tensor(MEAN_RGB).view(3, 1, 1), weight.new_tensor(STD_RGB).view(3, 1, 1)
    shift = (weight * (SUBTRACTED / 255 - mean) / std).sum((1, 2, 3))
    return (weight / (255 * std)).flip(1), bias + shift

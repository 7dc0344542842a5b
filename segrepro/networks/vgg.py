"""The convolutions of VGG-16 (Simonyan and Zisserman 2015) and their pretrained weights."""

from torch import nn

STAGES = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))


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

"""The network of the WMH paper: side outputs of VGG-16, fused (Xu et al. 2017)."""

import torch
from torch import nn

from segrepro.networks.bilinear import Bilinear
from segrepro.networks.vgg import stage_widths, vgg_features


class VGGFCN(nn.Module):
    """(N, 3, H, W) to (N, K, H, W), any H and W from 16 on; see `vgg_fcn`."""

    divisor = 1
    smallest = 16

    def __init__(self, in_channels: int, out_channels: int, base_width: int, side_channels: int):
        super().__init__()
        self.features = vgg_features(in_channels, base_width)[:-1]
        self.sides = nn.ModuleList(nn.Conv2d(width, side_channels, 3, padding=1) for width in stage_widths(base_width))
        self.resize = Bilinear()
        self.head = nn.Conv2d(side_channels * len(self.sides), out_channels, 1)

    def forward(self, images):
        """Images (N, 3, H, W) to logits (N, K, H, W)."""
        x, stages = images, []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                stages.append(x)
            x = layer(x)
        sides = [side(stage) for side, stage in zip(self.sides, [*stages, x])]
        size = images.shape[2:]
        return self.head(torch.cat([self.resize(side, size) for side in sides], 1))


def vgg_fcn(in_channels: int, out_channels: int, base_width: int = 64, side_channels: int = 16) -> VGGFCN:
    """The FCN of the WMH paper, 14.93 M (it prints no count).

    A 3x3 convolution to K = `side_channels` maps, without ReLU, at the end of each of the five VGG-16 stages, resized
    bilinearly to the input and fused by a 1x1 convolution.
    The input is 0 to 255 less 127, channels T1, FLAIR, small bright structures of FLAIR: the paper's blue,
    green, red in the order of the Caffe weights it started from, which `segrepro.networks.vgg_weights` loads.
    """
    return VGGFCN(in_channels, out_channels, base_width, side_channels)

"""The U-Net of the scSE report on CHAOS, plain and with its attention blocks."""

from functools import partial

import torch
from torch import nn

from segrepro.networks.blocks import BatchNorm, SpatialExcite, SqueezeExcite, double_conv, upsampling
from segrepro.networks.unet import UNet


def channel_excite(channels: int, reduction: int) -> SqueezeExcite:
    """cSE with channels / reduction, at least one, in its middle."""
    return SqueezeExcite(channels, max(1, channels // reduction))


class ConcurrentExcite(nn.Module):
    """scSE: the larger, element by element, of what cSE and sSE make of the input."""

    def __init__(self, channels: int, reduction: int):
        super().__init__()
        self.channel = channel_excite(channels, reduction)
        self.spatial = SpatialExcite(channels)

    def forward(self, x):
        """(N, C, H, W) in and out."""
        return torch.maximum(self.channel(x), self.spatial(x))


def unet_chaos(in_channels: int, out_channels: int, base_width: int = 16) -> UNet:
    """The report's U-Net, 1,081,813 parameters with 1 channel in and 5 out.

    Widths (16, 32, 64, 128, 128) and bilinear upsampling are from the authors' notebooks; the report gives
    "four blocks".
    """
    return _chaos(in_channels, out_channels, base_width, None)


def scse_unet(in_channels: int, out_channels: int, base_width: int = 16, reduction: int = 2) -> UNet:
    """`unet_chaos` with scSE blocks, 2.59% more parameters; the report says around 2%.

    reduction: r, by which cSE divides the channels; the report finds 2 best.

    They stand behind the four encoder blocks, before pool and skip, and behind the first three decoder
    blocks, as in the notebooks.
    """
    return _chaos(in_channels, out_channels, base_width, partial(ConcurrentExcite, reduction=reduction))


def cse_unet(in_channels: int, out_channels: int, base_width: int = 16, reduction: int = 2) -> UNet:
    """`scse_unet` with its channel half only."""
    return _chaos(in_channels, out_channels, base_width, partial(channel_excite, reduction=reduction))


def sse_unet(in_channels: int, out_channels: int, base_width: int = 16) -> UNet:
    """`scse_unet` with its spatial half only."""
    return _chaos(in_channels, out_channels, base_width, SpatialExcite)


def _chaos(in_channels, out_channels, base_width, excite):
    def block(c_in, c_out, middle=None, excited=True):
        layers = double_conv(c_in, c_out, BatchNorm, middle)
        return layers.append(excite(c_out)) if excite and excited else layers

    widths = [base_width * factor for factor in (1, 2, 4, 8, 8)]
    encoder = [block(c_in, c_out) for c_in, c_out in zip([in_channels, *widths], widths[:4])]
    encoder.append(block(widths[3], widths[4], excited=False))
    ups, decoder, deep = [], [], widths[4]
    for level in (3, 2, 1, 0):
        up, channels = upsampling("bilinear", deep, deep, BatchNorm)
        joined, deep = channels + widths[level], widths[max(level - 1, 0)]
        ups.append(up)
        decoder.append(block(joined, deep, middle=joined // 2, excited=level > 0))
    return UNet(encoder, ups, decoder, nn.Conv2d(base_width, out_channels, 1))

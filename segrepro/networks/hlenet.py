"""HLE-Net: high- and low-level feature enhancement (Wang et al.)."""

from functools import partial

import torch
from torch import nn

from segrepro.networks.blocks import ChannelGate, Norm, SpatialGate, conv_norm_relu, double_conv, upsampling
from segrepro.networks.unet import UNet, build_decoder, build_encoder, doubling, group_norm


class HighLevelEnhancement(nn.Module):
    """HFE (section 2.1, Fig. 1) on Y = [skip, upsampled], (N, C, H, W) in and out.

    Yc = (1 + z) Y with one weight z a channel, Ys = (1 + s) Y with one weight s a position, and a 3x3
    convolution module that takes [Yc, Ys] back to C channels. The bottleneck between the two 1x1 convolutions
    of z is not stated; half the channels give the printed count.
    """

    def __init__(self, channels: int, norm: Norm):
        super().__init__()
        self.channel = ChannelGate(channels, channels // 2)
        self.spatial = SpatialGate(channels)
        self.fuse = conv_norm_relu(2 * channels, channels, norm)

    def forward(self, y):
        """[skip, upsampled] (N, C, H, W) to features of the same shape."""
        return self.fuse(torch.cat([(1 + self.channel(y)) * y, (1 + self.spatial(y)) * y], 1))


class LowLevelEnhancement(nn.Module):
    """LFE (section 2.2, Fig. 2), an encoder block: (1 + sigmoid(s')) * F_tr(X).

    s' (one map) comes from a small encoder-decoder on the same X which halves H and W twice. Number and width of its
    layers are not in the text: they follow the printed counts, which ask for three convolution modules beside it.
    tail: "trunk_of_three": F_tr is all three, as the equation has it; "trailing_conv": F_tr is two and the third comes
    behind the product, as in the same group's later code. The weights are the same either way.
    up: see `upsampling`, "deconv" or "nearest". H and W must be divisible by 4.
    """

    def __init__(self, c_in: int, c_out: int, norm: Norm, up: str = "deconv", tail: str = "trailing_conv"):
        super().__init__()
        self.tail = tail
        self.trunk = double_conv(c_in, c_out, norm)
        self.pool = nn.MaxPool2d(2)
        self.fine = conv_norm_relu(c_in, c_out, norm)
        self.middle = conv_norm_relu(c_out, c_out, norm)
        self.coarse = conv_norm_relu(c_out, 2 * c_out, norm)
        self.up_middle, channels = upsampling(up, 2 * c_out, c_out, norm)
        self.join_middle = conv_norm_relu(c_out + channels, c_out, norm)
        self.up_fine, channels = upsampling(up, c_out, c_out, norm)
        self.join_fine = conv_norm_relu(c_out + channels, c_out, norm)
        self.gate = SpatialGate(c_out)
        self.last = conv_norm_relu(c_out, c_out, norm)

    def forward(self, x):
        """(N, c_in, H, W) to (N, c_out, H, W)."""
        weights = 1 + self.semantic_map(x)
        if self.tail == "trunk_of_three":
            return weights * self.last(self.trunk(x))
        return self.last(weights * self.trunk(x))

    def semantic_map(self, x):
        """sigmoid(s') of Fig. 2, (N, 1, H, W)."""
        fine = self.fine(x)
        middle = self.middle(self.pool(fine))
        coarse = self.coarse(self.pool(middle))
        middle = self.join_middle(torch.cat([middle, self.up_middle(coarse)], 1))
        return self.gate(self.join_fine(torch.cat([fine, self.up_fine(middle)], 1)))


def _enhanced_conv(c_in, c_out, norm):
    """A decoder block with HFE before its two convolution modules."""
    return nn.Sequential(HighLevelEnhancement(c_in, norm), double_conv(c_in, c_out, norm))


def hlenet(
    in_channels: int,
    out_channels: int,
    base_width: int = 16,
    lfe_up: str = "deconv",
    lfe_tail: str = "trailing_conv",
) -> UNet:
    """HLE-Net, 5.5e6, also called HLF-Net in the text: LFE encoder, HFE decoder (Fig. 3).

    Width 16 is not in the paper; it follows from the counts. lfe_up: "nearest" is the LFE without parameters
    in its upsampling, 5,465,785 in all: with it 5.5e6 is rounded, with "deconv" only-LFE's 3.8e6 is truncated.
    lfe_tail: see `LowLevelEnhancement`. H and W must be divisible by 32, since the fourth level's LFE halves them twice
    more.
    """
    lfe = partial(LowLevelEnhancement, up=lfe_up, tail=lfe_tail)
    return _hlenet(in_channels, out_channels, base_width, lfe, _enhanced_conv)


def hlenet_lfe(
    in_channels: int,
    out_channels: int,
    base_width: int = 16,
    lfe_up: str = "deconv",
    lfe_tail: str = "trailing_conv",
) -> UNet:
    """HLE-Net with its LFE only, Table 1."""
    lfe = partial(LowLevelEnhancement, up=lfe_up, tail=lfe_tail)
    return _hlenet(in_channels, out_channels, base_width, lfe, double_conv)


def hlenet_hfe(in_channels: int, out_channels: int, base_width: int = 16) -> UNet:
    """HLE-Net with its HFE only, Table 1."""
    return _hlenet(in_channels, out_channels, base_width, double_conv, _enhanced_conv, divisor=16)


def _hlenet(in_channels, out_channels, base_width, encoder_block, decoder_block, divisor=32):
    widths, norm = doubling(base_width), group_norm(base_width)
    # The coarsest level is a plain double convolution in all three.
    encoder = build_encoder(in_channels, widths[:4], encoder_block, norm)
    encoder.append(double_conv(widths[3], widths[4], norm))
    ups, decoder = build_decoder(widths, decoder_block, norm, up="deconv")
    return UNet(encoder, ups, decoder, nn.Conv2d(base_width, out_channels, 1), divisor=divisor)

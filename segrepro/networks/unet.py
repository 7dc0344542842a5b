"""The U-shape that most of the networks share, and the plain U-Nets of three papers."""

from math import gcd

import torch
from torch import nn

from segrepro.networks.blocks import BatchNorm, KerasBatchNorm, Norm, double_conv, upsampling
from segrepro.networks.fsm import FeatureSimilarity


class UNet(nn.Module):
    """An encoder, a decoder and the skip connections between them.

    encoder: one block a level, finest first; between levels a 2x2 max-pool halves H and W, unless
    `pool` is False because the blocks do so themselves.
    ups, decoder: coarsest first; a level's decoder block takes [skip, upsampled] along the channels.
    head: last block's features to logits. bottom: applied to the coarsest features, where given.
    Input (N, C, H, W) with H and W divisible by `divisor`, 2 ** (levels - 1) unless told; output (N, K, H,
    W).
    """

    def __init__(self, encoder, ups, decoder, head, bottom=None, pool=True, divisor=None):
        super().__init__()
        self.encoder = nn.ModuleList(encoder)
        self.bottom = bottom or nn.Identity()
        self.ups = nn.ModuleList(ups)
        self.decoder = nn.ModuleList(decoder)
        self.head = head
        self.down = nn.MaxPool2d(2) if pool else nn.Identity()
        self.divisor = divisor or 2 ** (len(encoder) - 1)

    def forward(self, images):
        """Images (N, C, H, W) to logits (N, K, H, W)."""
        skips = [self.encoder[0](images)]
        for block in self.encoder[1:]:
            skips.append(block(self.down(skips[-1])))
        x = self.bottom(skips.pop())
        for up, block, skip in zip(self.ups, self.decoder, reversed(skips)):
            x = block(torch.cat([skip, up(x)], 1))
        return self.head(x)


def doubling(base_width: int, levels: int = 5) -> list[int]:
    """The usual widths of a U-Net's levels.

    >>> doubling(64)
    [64, 128, 256, 512, 1024]
    """
    return [base_width * 2**level for level in range(levels)]


def build_encoder(in_channels: int, widths: list[int], block, norm: Norm) -> list[nn.Module]:
    """One `block(c_in, c_out, norm)` a level."""
    return [block(c_in, c_out, norm) for c_in, c_out in zip([in_channels, *widths], widths)]


def build_decoder(widths: list[int], block, norm: Norm, up: str) -> tuple[list[nn.Module], list[nn.Module]]:
    """The ways up (see `upsampling`) and `block(c_in, c_out, norm)` of each level, coarsest first."""
    ups, blocks = [], []
    for width, deep in reversed(list(zip(widths, widths[1:]))):
        module, channels = upsampling(up, deep, width, norm)
        ups.append(module)
        blocks.append(block(width + channels, width, norm))
    return ups, blocks


def u_shape(in_channels, out_channels, widths, *, block, norm: Norm, up: str, decoder_block=None, **options) -> UNet:
    """A UNet whose levels are all built the same way; `options` go to UNet."""
    encoder = build_encoder(in_channels, widths, block, norm)
    ups, decoder = build_decoder(widths, decoder_block or block, norm, up)
    return UNet(encoder, ups, decoder, nn.Conv2d(widths[0], out_channels, 1), **options)


def unet_upconv(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """The U-Net of the X-Net paper's Table 2, 34.5 M.

    The paper does not describe it. Only a decoder that goes up by nearest neighbour and a 3x3 convolution
    with batch norm, as X-Net's own does, has that many parameters (transposed convolutions: 31.0 M).
    """
    return _keras_unet(in_channels, out_channels, base_width)


def unet_fsm(in_channels: int, out_channels: int, base_width: int = 64, similarity: str = "softmax") -> UNet:
    """`unet_upconv` with X-Net's feature similarity module, X-Net paper Table 1.

    Where it goes is not stated; here on the coarsest features, as in X-Net.
    """
    return _keras_unet(in_channels, out_channels, base_width, FeatureSimilarity(16 * base_width, similarity))


def _keras_unet(in_channels, out_channels, base_width, bottom=None):
    widths = doubling(base_width)
    return u_shape(in_channels, out_channels, widths, block=double_conv, norm=KerasBatchNorm, up="conv", bottom=bottom)


def deconv_unet(in_channels: int, out_channels: int, base_width: int, norm: Norm, block=double_conv) -> UNet:
    """Five levels of `block` and 2x2 transposed convolutions, the commonest U-Net of the papers."""
    return u_shape(in_channels, out_channels, doubling(base_width), block=block, norm=norm, up="deconv")


def unet(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """The U-Net of the pseudo-DWI paper, 31.04 M: transposed convolutions 2x2, batch norm."""
    return deconv_unet(in_channels, out_channels, base_width, BatchNorm)


def group_norm(base_width: int) -> Norm:
    """Group norm whose number of groups, at most 8, divides the base width and so every other.

    The HLE-Net paper names the norm only. 8 groups for its width 16, 4 for 28.
    """
    groups = gcd(base_width, 8)
    return lambda channels: nn.GroupNorm(groups, channels)


def unet28(in_channels: int, out_channels: int, base_width: int = 28) -> UNet:
    """Unet-28 of the HLE-Net paper's Table 1, 5.9e6: as `unet` with group norm.

    That the baseline has group norm as HLE-Net does is assumed; the count is the same with batch norm.
    """
    return deconv_unet(in_channels, out_channels, base_width, group_norm(base_width))

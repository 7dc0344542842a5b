"""U-shapes of residual blocks: of the X-Net, HLE-Net and pseudo-DWI papers."""

from torch import nn

from segrepro.networks.blocks import BatchNorm, KerasBatchNorm, Norm, ResidualBlock, conv_norm_relu
from segrepro.networks.fsm import FeatureSimilarity
from segrepro.networks.unet import UNet, build_decoder, deconv_unet, doubling, group_norm


class ResidualUnit(nn.Module):
    """Norm - ReLU - 3x3 - norm - ReLU - 3x3, plus 1x1 - norm of the input (Zhang et al. 2018).

    The first convolution and the shortcut have the stride. `first` leaves out the leading norm and ReLU, for
    the unit that sees the image.
    """

    def __init__(self, c_in: int, c_out: int, norm: Norm, stride: int = 1, first: bool = False):
        super().__init__()
        self.main = nn.Sequential(
            *([] if first else [norm(c_in), nn.ReLU(inplace=True)]),
            nn.Conv2d(c_in, c_out, 3, stride, padding=1),
            norm(c_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(c_out, c_out, 3, padding=1),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride), norm(c_out))

    def forward(self, x):
        """(N, c_in, H, W) to (N, c_out, H / stride, W / stride)."""
        return self.main(x) + self.shortcut(x)


def resunet(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """ResUNet of the X-Net paper's Table 2, 33.2 M: Zhang's with five levels.

    The paper does not describe it. Norm on the shortcut and an upsampling without parameters follow from the
    count; pre-activation is Zhang's.
    """
    return _zhang(in_channels, out_channels, base_width)


def resunet_fsm(in_channels: int, out_channels: int, base_width: int = 64, similarity: str = "softmax") -> UNet:
    """`resunet` with X-Net's feature similarity module on the coarsest features, X-Net paper Table 1."""
    return _zhang(in_channels, out_channels, base_width, FeatureSimilarity(16 * base_width, similarity))


def _zhang(in_channels, out_channels, base_width, bottom=None):
    widths, norm = doubling(base_width), KerasBatchNorm
    encoder = [ResidualUnit(in_channels, base_width, norm, first=True)]
    encoder += [ResidualUnit(c_in, c_out, norm, stride=2) for c_in, c_out in zip(widths, widths[1:])]
    ups, decoder = build_decoder(widths, ResidualUnit, norm, up="nearest")
    return UNet(encoder, ups, decoder, nn.Conv2d(base_width, out_channels, 1), bottom=bottom, pool=False)


def resunet28(in_channels: int, out_channels: int, base_width: int = 28) -> UNet:
    """Res-Unet-28 of the HLE-Net paper's Table 1, 6.2e6: `unet28` with residual blocks.

    The paper speaks of ResNet's bottleneck block; those give 1.1e6 to 8.1e6, only the basic block gives
    6.2e6.
    """
    return deconv_unet(in_channels, out_channels, base_width, group_norm(base_width), ResidualBlock)


def resunet_plain(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """A plain residual U-Net, 32.44 M, in the place of the pseudo-DWI paper's ResUNet.

    The paper prints 81.91 M for its ResUNet, and no source is known that has so many: this is NOT that
    network but what its citation (Xiao et al. 2018, a U-Net with residual blocks) describes, with two
    convolutions a block.
    """
    return deconv_unet(in_channels, out_channels, base_width, BatchNorm, ResidualBlock)


def resunet_standin_81_91m(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """A residual U-Net made to have the 81.91 M that the pseudo-DWI paper prints for its ResUNet.

    Two or three basic units a level, bilinear upsampling. Among the many residual U-Nets that one can think
    of several come this close by chance, so the count is no evidence that the paper's network was this one.
    """
    widths = doubling(base_width)
    encoder = [
        nn.Sequential(*(_unit(width if unit else c_in, width, BatchNorm) for unit in range(units)))
        for c_in, width, units in zip([base_width, *widths], widths, (2, 2, 2, 3, 3))
    ]
    encoder[0].insert(0, conv_norm_relu(in_channels, base_width, BatchNorm, bias=False))
    ups, decoder = build_decoder(widths, _unit, BatchNorm, up="bilinear")
    return UNet(encoder, ups, decoder, nn.Conv2d(base_width, out_channels, 1))


def _unit(c_in, c_out, norm):
    shortcut = nn.Identity() if c_in == c_out else None
    return ResidualBlock(c_in, c_out, norm, bias=False, shortcut=shortcut)

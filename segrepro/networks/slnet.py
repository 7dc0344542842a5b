"""SLNet, the segmentation network of the pseudo-DWI paper (section 3.3, Fig. 5)."""

from torch import nn

from segrepro.networks.blocks import BatchNorm, Norm, SqueezeExcite, SwitchNorm2d, double_conv
from segrepro.networks.unet import UNet, deconv_unet, doubling, u_shape


def slnet(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """SLNet, 33.84 M: the U-Net with switchable normalisation, and squeeze-and-excitation in the encoder.

    One SE block behind each of the five encoder blocks, before pool and skip. Its two layers are C -> C: the
    paper gives no reduction, and only none at all adds the printed 2.80 M. Its text calls this "a marginal increase of
    parameter number"; by its own Table 3 it is 9 % of the 31.04 M without SE.
    """
    return _squeezed(in_channels, out_channels, base_width, SwitchNorm2d)


def slnet_no_se(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """SLNet without squeeze-and-excitation, Table 3."""
    return deconv_unet(in_channels, out_channels, base_width, SwitchNorm2d)


def slnet_no_sn(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """SLNet with batch norm instead of switchable normalisation, Table 3."""
    return _squeezed(in_channels, out_channels, base_width, BatchNorm)


def _squeezed(in_channels, out_channels, base_width, norm):
    return u_shape(
        in_channels,
        out_channels,
        doubling(base_width),
        block=_squeezed_conv,
        decoder_block=double_conv,
        norm=norm,
        up="deconv",
    )


def _squeezed_conv(c_in: int, c_out: int, norm: Norm) -> nn.Sequential:
    return nn.Sequential(double_conv(c_in, c_out, norm), SqueezeExcite(c_out, c_out))

"""X-Net (Qi et al., MICCAI 2019)."""

from torch import nn

from segrepro.networks.blocks import KerasBatchNorm, Norm, conv_norm_relu
from segrepro.networks.fsm import FeatureSimilarity
from segrepro.networks.unet import UNet, doubling, u_shape


def depthwise_separable(c_in: int, c_out: int, norm: Norm) -> nn.Sequential:
    """Depthwise 3x3 (no bias) and pointwise 1x1 convolution, each with normalisation and ReLU."""
    depthwise = nn.Conv2d(c_in, c_in, 3, padding=1, groups=c_in, bias=False)
    return nn.Sequential(depthwise, norm(c_in), nn.ReLU(inplace=True), *conv_norm_relu(c_in, c_out, norm, kernel=1))


class XBlock(nn.Module):
    """Three depthwise separable convolutions, plus a 1x1 convolution of the input (X-Net paper, Fig. 3).

    There is no ReLU behind the sum, and batch norm and ReLU stand behind the depthwise convolutions too:
    both as in the authors' released code; the text is silent.
    """

    def __init__(self, c_in: int, c_out: int, norm: Norm):
        super().__init__()
        self.main = nn.Sequential(
            depthwise_separable(c_in, c_out, norm),
            depthwise_separable(c_out, c_out, norm),
            depthwise_separable(c_out, c_out, norm),
        )
        self.shortcut = conv_norm_relu(c_in, c_out, norm, kernel=1)

    def forward(self, x):
        """(N, c_in, H, W) to (N, c_out, H, W)."""
        return self.main(x) + self.shortcut(x)


def xnet(in_channels: int, out_channels: int, base_width: int = 64, similarity: str = "softmax") -> UNet:
    """X-Net, 15.1 M: X-blocks in a U-shape with a feature similarity module at the bottom (Fig. 1)."""
    return _xnet(in_channels, out_channels, base_width, FeatureSimilarity(16 * base_width, similarity))


def xnet_no_fsm(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """X-Net without its feature similarity module, Table 1's ablation."""
    return _xnet(in_channels, out_channels, base_width)


def _xnet(in_channels, out_channels, base_width, bottom=None):
    widths = doubling(base_width)
    return u_shape(in_channels, out_channels, widths, block=XBlock, norm=KerasBatchNorm, up="conv", bottom=bottom)

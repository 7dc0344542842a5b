"""R2U-Net (Alom et al. 2018), baseline of the pseudo-DWI paper."""

from torch import nn

from segrepro.networks.blocks import BatchNorm, Norm, conv_norm_relu
from segrepro.networks.unet import UNet, doubling, u_shape

STEPS = 2


class RecurrentConv(nn.Module):
    """One convolution module f used three times: y_0 = f(x), y_t = f(x + y_(t-1)) for t = 1, 2."""

    def __init__(self, channels: int, norm: Norm):
        super().__init__()
        self.f = conv_norm_relu(channels, channels, norm)

    def forward(self, x):
        """(N, C, H, W) in and out."""
        y = self.f(x)
        for _ in range(STEPS):
            y = self.f(x + y)
        return y


class RecurrentResidualBlock(nn.Module):
    """A 1x1 convolution, and two recurrent convolutions added to it."""

    def __init__(self, c_in: int, c_out: int, norm: Norm):
        super().__init__()
        self.project = nn.Conv2d(c_in, c_out, 1)
        self.recurrent = nn.Sequential(RecurrentConv(c_out, norm), RecurrentConv(c_out, norm))

    def forward(self, x):
        """(N, c_in, H, W) to (N, c_out, H, W)."""
        x = self.project(x)
        return x + self.recurrent(x)


def r2unet(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """R2UNet of the pseudo-DWI paper's Table 3, 39.09 M: (N, C, H, W) to logits (N, K, H, W).

    The paper names it and prints its count, no more. Silent are t, here 2 (each convolution module runs three times;
    t changes no count), and the way of upsampling, here nearest neighbour and a 3x3 convolution module: with the
    widths 64 to 1024 and one module a recurrent layer it gives the printed count.
    """
    widths = doubling(base_width)
    return u_shape(in_channels, out_channels, widths, block=RecurrentResidualBlock, norm=BatchNorm, up="conv")

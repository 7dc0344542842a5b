"""DeepLab v3+ with the Xception backbone (Chen et al. 2018), baseline of the X-Net paper."""

from functools import partial

import torch
from torch import nn

from segrepro.networks.bilinear import Bilinear
from segrepro.networks.blocks import KerasBatchNorm, Norm, PooledBatchNorm2d, conv_norm_relu

HeadNorm: Norm = partial(nn.BatchNorm2d, eps=1e-5, momentum=0.01)


def separable(
    c_in: int, c_out: int, norm: Norm, stride: int = 1, dilation: int = 1, relu_after: bool = False
) -> nn.Sequential:
    """Depthwise 3x3 and pointwise 1x1 convolution, each with norm.

    A ReLU stands behind each norm (`relu_after`), or one before the whole.
    """
    depthwise = nn.Conv2d(c_in, c_in, 3, stride, dilation, dilation, groups=c_in, bias=False)
    pointwise = nn.Conv2d(c_in, c_out, 1, bias=False)
    if relu_after:
        relu = nn.ReLU(inplace=True)
        return nn.Sequential(depthwise, norm(c_in), relu, pointwise, norm(c_out), relu)
    return nn.Sequential(nn.ReLU(), depthwise, norm(c_in), pointwise, norm(c_out))


class XceptionBlock(nn.Module):
    """Three separable convolutions, the last with the stride, and a shortcut."""

    def __init__(self, c_in: int, widths: list[int], stride: int = 1):
        super().__init__()
        first, second, c_out = widths
        self.first = separable(c_in, first, KerasBatchNorm)
        self.second = separable(first, second, KerasBatchNorm)
        self.third = separable(second, c_out, KerasBatchNorm, stride)
        self.shortcut = nn.Identity()
        if c_in != c_out:
            convolution = nn.Conv2d(c_in, c_out, 1, stride, bias=False)
            self.shortcut = nn.Sequential(convolution, KerasBatchNorm(c_out))

    def forward(self, x):
        """The block's output and its features before the stride."""
        fine = self.second(self.first(x))
        return self.third(fine) + self.shortcut(x), fine


class SpatialPyramid(nn.Module):
    """Atrous spatial pyramid pooling: global mean, 1x1 and three dilated convolutions, fused."""

    def __init__(self, c_in: int, c_out: int):
        super().__init__()
        self.pool = conv_norm_relu(c_in, c_out, _pooled_norm, kernel=1, bias=False)
        self.point = conv_norm_relu(c_in, c_out, HeadNorm, kernel=1, bias=False)
        self.dilated = nn.ModuleList(
            separable(c_in, c_out, HeadNorm, dilation=dilation, relu_after=True) for dilation in (6, 12, 18)
        )
        self.fuse = nn.Sequential(*conv_norm_relu(5 * c_out, c_out, HeadNorm, kernel=1, bias=False), nn.Dropout(0.1))

    def forward(self, x):
        """(N, c_in, H, W) to (N, c_out, H, W)."""
        pooled = self.pool(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[2:])
        return self.fuse(torch.cat([pooled, self.point(x), *(branch(x) for branch in self.dilated)], 1))


def _pooled_norm(channels):
    return PooledBatchNorm2d(channels, eps=1e-5, momentum=0.01)


class DeepLabV3Plus(nn.Module):
    """(N, C, H, W) to (N, K, H, W), any H and W; see `deeplabv3plus`."""

    divisor = 1

    def __init__(self, in_channels: int, out_channels: int, base_width: int):
        super().__init__()

        def scaled(width):
            return max(1, width * base_width // 32)

        stem, fine, middle, exit_ = scaled(32), scaled(64), scaled(728), scaled(1024)
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, stem, 3, stride=2, padding=1, bias=False),
            KerasBatchNorm(stem),
            nn.ReLU(inplace=True),
            *conv_norm_relu(stem, fine, KerasBatchNorm, bias=False),
        )
        quarter, eighth, wide, deep, head = (scaled(width) for width in (128, 256, 1536, 2048, 256))
        self.quarter = XceptionBlock(fine, [quarter] * 3, stride=2)
        self.eighth = XceptionBlock(quarter, [eighth] * 3, stride=2)
        self.sixteenth = XceptionBlock(eighth, [middle] * 3, stride=2)
        self.middle = nn.ModuleList(XceptionBlock(middle, [middle] * 3) for _ in range(16))
        self.exit = XceptionBlock(middle, [middle, exit_, exit_])
        self.last = nn.Sequential(
            separable(exit_, wide, KerasBatchNorm, dilation=2, relu_after=True),
            separable(wide, wide, KerasBatchNorm, dilation=2, relu_after=True),
            separable(wide, deep, KerasBatchNorm, dilation=2, relu_after=True),
        )
        self.pyramid = SpatialPyramid(deep, head)
        self.low = conv_norm_relu(eighth, scaled(48), HeadNorm, kernel=1, bias=False)
        self.decoder = nn.Sequential(
            separable(head + scaled(48), head, HeadNorm, relu_after=True),
            separable(head, head, HeadNorm, relu_after=True),
        )
        self.head = nn.Conv2d(head, out_channels, 1)
        self.resize = Bilinear()

    def forward(self, images):
        """Images (N, C, H, W) to logits (N, K, H, W)."""
        x, _ = self.quarter(self.stem(images))
        x, low = self.eighth(x)
        for block in (self.sixteenth, *self.middle, self.exit):
            x, _ = block(x)
        x = self.resize(self.pyramid(self.last(x)), low.shape[2:])
        x = self.decoder(torch.cat([x, self.low(low)], 1))
        return self.resize(self.head(x), images.shape[2:])


def deeplabv3plus(in_channels: int, out_channels: int, base_width: int = 32) -> DeepLabV3Plus:
    """DeepLab v3+ of the X-Net paper's Table 2, 41.3 M: Xception, output stride 16.

    The paper names the method only; the count is that of a public Keras model with this backbone, including
    its batch-norm statistics. The low-level features are those at 1/4 before the stride to 1/8. The corners
    of a resized map are not aligned. base_width is that of the first convolution.
    """
    return DeepLabV3Plus(in_channels, out_channels, base_width)

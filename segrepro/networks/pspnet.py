"""PSPNet (Zhao et al. 2017), baseline of the X-Net paper."""

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d

from segrepro.networks.bilinear import Bilinear
from segrepro.networks.blocks import KerasBatchNorm, PooledBatchNorm2d, SqueezeExcite, conv_norm_relu

# Bottlenecks, stride, dilation and squeeze-and-excitation of the four stages.
STAGES = ((3, 1, 1, True), (4, 2, 1, True), (6, 2, 1, True), (3, 1, 2, False))
LEVELS = (6, 3, 2, 1)


class Bottleneck(nn.Module):
    """1x1 (with the stride) - 3x3 - 1x1 to four times the width, SE where asked, plus the input; ReLU."""

    def __init__(self, c_in: int, width: int, stride: int, dilation: int, excite: bool):
        super().__init__()
        c_out = 4 * width
        self.main = nn.Sequential(
            nn.Conv2d(c_in, width, 1, stride),
            KerasBatchNorm(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation),
            KerasBatchNorm(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, c_out, 1),
            KerasBatchNorm(c_out),
        )
        self.excite = SqueezeExcite(c_out, max(1, c_out // 16), bias=False) if excite else nn.Identity()
        self.shortcut = nn.Identity()
        if c_in != c_out:
            self.shortcut = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride), KerasBatchNorm(c_out))

    def forward(self, x):
        """(N, c_in, H, W) to (N, 4 width, H / stride, W / stride)."""
        return torch.relu(self.excite(self.main(x)) + self.shortcut(x))


class PyramidPooling(nn.Module):
    """The input beside its means over 6x6, 3x3, 2x2 and 1x1 regions, a quarter of the channels each.

    The original pools with windows made for a 512x512 image; here the regions follow the image's size.
    """

    def __init__(self, channels: int):
        super().__init__()
        quarter = channels // 4
        self.levels = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, quarter, 1), PooledBatchNorm2d(quarter, eps=1e-3, momentum=0.01))
            for _ in LEVELS
        )
        self.resize = Bilinear()

    def forward(self, x):
        """(N, C, H, W) to (N, 2 C, H, W)."""
        pooled = [project(adaptive_avg_pool2d(x, size)) for size, project in zip(LEVELS, self.levels)]
        return torch.cat([x, *(self.resize(p, x.shape[2:]) for p in pooled)], 1)


class PSPNet(nn.Module):
    """(N, C, H, W), H and W divisible by 16, to (N, K, H, W); see `pspnet`."""

    divisor = 16

    def __init__(self, in_channels: int, out_channels: int, base_width: int):
        super().__init__()
        layers, channels = [], base_width
        for stage, (blocks, stride, dilation, excite) in enumerate(STAGES):
            width = base_width * 2**stage
            for block in range(blocks):
                layers.append(Bottleneck(channels, width, 1 if block else stride, dilation, excite))
                channels = 4 * width
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, base_width, 7, stride=2, padding=3),
            KerasBatchNorm(base_width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.body = nn.Sequential(*layers)
        self.pyramid = PyramidPooling(channels)
        self.fuse = conv_norm_relu(2 * channels, 8 * base_width, KerasBatchNorm)
        self.head = nn.ConvTranspose2d(8 * base_width, out_channels, 32, stride=16, padding=8, bias=False)

    def forward(self, images):
        """Images (N, C, H, W) to logits (N, K, H, W)."""
        return self.head(self.fuse(self.pyramid(self.body(self.stem(images)))))


def pspnet(in_channels: int, out_channels: int, base_width: int = 64) -> PSPNet:
    """PSPNet of the X-Net paper's Table 2, 48.1 M: SE-ResNet-50, one transposed convolution up.

    The paper names the method only; the count is that of a public Keras model, whose backbone has
    squeeze-and-excitation in its first three stages, at output stride 16. A plain
    PSPNet has 47.2 M, a bilinear head 47.6 M.
    """
    return PSPNet(in_channels, out_channels, base_width)

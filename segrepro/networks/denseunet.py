"""The 2-D network of H-DenseUNet (Li et al. 2018), baseline of the X-Net paper."""

import torch
from torch import nn

from segrepro.networks.blocks import KerasBatchNorm, conv_norm_relu

LAYERS = (6, 12, 36, 24)


class Scale(nn.Module):
    """A factor and a shift a channel, which the original has behind every batch norm of its encoder.

    Batch norm has both already, so this changes nothing but the count of parameters.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        """(N, C, H, W) in and out."""
        return x * self.weight + self.bias


def scaled_norm(channels: int) -> nn.Sequential:
    """Batch norm, Scale, ReLU."""
    norm = nn.BatchNorm2d(channels, eps=1.1e-5, momentum=0.01)
    return nn.Sequential(norm, Scale(channels), nn.ReLU(inplace=True))


class DenseLayer(nn.Sequential):
    """Appends `growth` channels to its input: norm - 1x1 (4 growth) - norm - 3x3."""

    def __init__(self, c_in: int, growth: int):
        super().__init__(
            scaled_norm(c_in),
            nn.Conv2d(c_in, 4 * growth, 1, bias=False),
            scaled_norm(4 * growth),
            nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x):
        """(N, C, H, W) to (N, C + growth, H, W)."""
        return torch.cat([x, super().forward(x)], 1)


def transition(c_in: int) -> nn.Sequential:
    """Half the channels, half the H and W."""
    return nn.Sequential(scaled_norm(c_in), nn.Conv2d(c_in, c_in // 2, 1, bias=False), nn.AvgPool2d(2))


def dense_block(c_in: int, growth: int, layers: int) -> nn.Sequential:
    """`layers` dense layers; growth * layers channels more come out than go in."""
    return nn.Sequential(*(DenseLayer(c_in + layer * growth, growth) for layer in range(layers)))


class DenseUNet2d(nn.Module):
    """(N, C, H, W), H and W divisible by 32, to (N, K, H, W); see `denseunet2d`."""

    divisor = 32

    def __init__(self, in_channels: int, out_channels: int, base_width: int):
        super().__init__()
        growth, width = max(1, base_width // 2), base_width
        self.stem = nn.Sequential(nn.Conv2d(in_channels, width, 7, stride=2, padding=3, bias=False), scaled_norm(width))
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        skips = [width]
        self.blocks, self.steps = nn.ModuleList(), nn.ModuleList()
        for layers in LAYERS:
            self.blocks.append(dense_block(width, growth, layers))
            skips.append(width + layers * growth)
            width = skips[-1] // 2
            self.steps.append(transition(skips[-1]))
        self.steps[-1] = scaled_norm(skips[-1])
        self.match = nn.Conv2d(skips[3], skips[4], 1)
        self.up = nn.Upsample(scale_factor=2)
        plan = [skips[4], skips[2], skips[1], skips[0], skips[0]]
        self.decoder = nn.ModuleList(conv_norm_relu(a, b, KerasBatchNorm) for a, b in zip(plan, plan[1:]))
        last = max(1, 2 * base_width // 3)
        self.last = nn.Sequential(
            nn.Conv2d(plan[-1], last, 3, padding=1),
            nn.Dropout(0.3),
            KerasBatchNorm(last),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Conv2d(last, out_channels, 1)

    def forward(self, images):
        """Images (N, C, H, W) to logits (N, K, H, W)."""
        stem = self.stem(images)
        x, skips = self.pool(stem), [stem]
        for block, step in zip(self.blocks, self.steps):
            dense = block(x)
            skips.append(dense)
            x = step(dense)
        skips[3] = self.match(skips[3])
        # The last dense block's own output is the bottom, not a skip.
        for convolution, skip in zip(self.decoder, reversed(skips[:4])):
            x = convolution(self.up(x) + skip)
        return self.head(self.last(self.up(x)))


def denseunet2d(in_channels: int, out_channels: int, base_width: int = 96) -> DenseUNet2d:
    """2D Dense-UNet of the X-Net paper's Table 2, 50.0 M: DenseNet-161 encoder, skips that are summed.

    The paper names the method only. The original takes three neighbouring slices; the paper's other networks
    take one, and the count prints 50.0 with either. The skips are the dense blocks' outputs before the
    transitions. base_width is that of the first convolution, an even number; the growth is half of it.
    """
    return DenseUNet2d(in_channels, out_channels, base_width)

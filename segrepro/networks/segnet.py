"""SegNet (Badrinarayanan et al. 2017), baseline of the X-Net paper."""

from torch import nn

from segrepro.networks.blocks import KerasBatchNorm, conv_norm_relu

# Widths in units of the base width, a stage a row.
ENCODER = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))
DECODER = ((8, 8, 8), (8, 8, 4), (4, 4, 2), (2, 1), (1,))


class SegNet(nn.Module):
    """(N, C, H, W), H and W divisible by 32, to (N, K, H, W); see `segnet`."""

    divisor = 32

    def __init__(self, in_channels: int, out_channels: int, base_width: int):
        super().__init__()
        self.encoder, channels = _stages(in_channels, ENCODER, base_width)
        self.decoder, channels = _stages(channels, DECODER, base_width)
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2)
        self.head = nn.Sequential(nn.Conv2d(channels, out_channels, 1), KerasBatchNorm(out_channels))

    def forward(self, x):
        """Images (N, C, H, W) to logits (N, K, H, W)."""
        places = []
        for stage in self.encoder:
            x, indices = self.pool(stage(x))
            places.append(indices)
        for stage in self.decoder:
            x = stage(self.unpool(x, places.pop()))
        return self.head(x)


def _stages(channels, plan, base_width):
    stages = nn.ModuleList()
    for units in plan:
        stage = nn.Sequential()
        for unit in units:
            stage.append(conv_norm_relu(channels, unit * base_width, KerasBatchNorm))
            channels = unit * base_width
        stages.append(stage)
    return stages, channels


def segnet(in_channels: int, out_channels: int, base_width: int = 64) -> SegNet:
    """SegNet of the X-Net paper's Table 2, 29.5 M: VGG-16 with batch norm and its mirror image.

    Each value goes back to where max-pooling took it from. The paper names the method only; the batch norm
    behind the last 1x1 convolution follows from the public Keras model with this count.
    """
    return SegNet(in_channels, out_channels, base_width)

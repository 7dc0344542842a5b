"""FCN-8s on VGG-16 (Long et al. 2015), baseline of the pseudo-DWI paper."""

from torch import nn

from segrepro.networks.blocks import BatchNorm
from segrepro.networks.vgg import stage_widths, vgg_features


class FCN8s(nn.Module):
    """(N, C, H, W), H and W divisible by 32, to (N, K, H, W); see `fcn8s`."""

    divisor = 32

    def __init__(self, in_channels: int, out_channels: int, base_width: int):
        super().__init__()
        self.features = vgg_features(in_channels, base_width)
        widths = stage_widths(base_width)
        plan = [*widths[::-1], max(1, base_width // 2)]
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=1) for a, b in zip(plan, plan[1:])
        )
        self.norms = nn.ModuleList(BatchNorm(width) for width in plan[1:])
        self.head = nn.Conv2d(plan[-1], out_channels, 1)

    def forward(self, x):
        """Images (N, C, H, W) to logits (N, K, H, W)."""
        pooled = []
        for layer in self.features:
            x = layer(x)
            if isinstance(layer, nn.MaxPool2d):
                pooled.append(x)
        # Pools 4 and 3 are added behind the first two ways up; the other three have nothing to add.
        for up, norm, skip in zip(self.ups, self.norms, (pooled[3], pooled[2], 0, 0, 0)):
            x = norm(up(x).relu() + skip)
        return self.head(x)


def fcn8s(in_channels: int, out_channels: int, base_width: int = 64) -> FCN8s:
    """FCN of the pseudo-DWI paper's Table 3, 18.64 M.

    The paper names the method only; the count is that of a public PyTorch model whose 8s, 16s and 32s forms
    have the same number of parameters. 8s is the one usually reported.
    """
    return FCN8s(in_channels, out_channels, base_width)

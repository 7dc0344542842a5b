"""The U-shape and the plain U-Nets."""

import pytest
import torch
from torch import nn

from segrepro.networks import build_network
from segrepro.networks.unet import UNet, group_norm


def test_unet_puts_the_skip_before_the_upsampled():
    """Blocks that record what they get; the coarse level carries 1, the skips 0."""
    seen = []

    class Record(nn.Module):
        def forward(self, x):
            seen.append(x.mean((0, 2, 3)).tolist())
            return x[:, :1]

    encoder = [nn.Identity(), nn.Identity()]
    network = UNet(encoder, [nn.Upsample(scale_factor=2)], [Record()], nn.Identity(), bottom=nn.Hardtanh(1, 2))
    network(torch.zeros(1, 1, 4, 4))
    assert seen == [[0.0, 1.0]]
    assert network.divisor == 2


@pytest.mark.parametrize(("width", "groups"), [(16, 8), (28, 4), (3, 1)])
def test_the_groups_of_group_norm_divide_every_width(width, groups):
    norm = group_norm(width)
    assert [norm(width * factor).num_groups for factor in (1, 2, 16)] == [groups] * 3


def test_unet_sees_188_pixels():
    """Pixel 128 from the output down and up again: each of nine levels adds 2 pixels on both sides.

    Level 0: 126-130. 1: 61-67. 2: 28-35. 3: 12-19. 4: 4-11. 3: 6-25. 2: 10-53. 1: 18-109. 0: 34-221. The gradient of
    one output pixel shows them; without ReLU, and with mean pooling, none is hidden.
    """
    network = build_network("unet", 1, 1, base_width=2).double().eval()
    network.down = nn.AvgPool2d(2)
    for block in (*network.encoder, *network.decoder):
        for index, layer in enumerate(block):
            if isinstance(layer, nn.ReLU):
                block[index] = nn.Identity()
    image = torch.rand(1, 1, 256, 256, dtype=torch.float64, requires_grad=True)
    network(image)[0, 0, 128, 128].backward()
    rows = image.grad[0, 0].abs().sum(1).nonzero().flatten()
    assert (rows.min().item(), rows.max().item()) == (34, 221)

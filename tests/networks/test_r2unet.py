"""R2U-Net: its recurrent convolutions."""

import torch
from torch import nn

from segrepro.networks.blocks import BatchNorm
from segrepro.networks.r2unet import RecurrentConv, RecurrentResidualBlock


def test_recurrent_convolution_by_its_definition():
    layer, x = RecurrentConv(4, BatchNorm).eval(), torch.randn(2, 4, 6, 6)
    f = layer.f
    torch.testing.assert_close(layer(x), f(x + f(x + f(x))))


def test_a_block_adds_its_recurrent_part_to_the_projected_input():
    block, x = RecurrentResidualBlock(3, 4, BatchNorm).eval(), torch.randn(2, 3, 6, 6)
    projected = block.project(x)
    torch.testing.assert_close(block(x), projected + block.recurrent(projected))
    nn.init.zeros_(block.recurrent[1].f[1].weight)
    assert torch.equal(block(x), projected)

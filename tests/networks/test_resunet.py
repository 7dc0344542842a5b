"""Residual U-shapes: their units and where they halve the image."""

import pytest
import torch
from torch import nn

from segrepro.networks import build_network
from segrepro.networks.blocks import BatchNorm
from segrepro.networks.resunet import ResidualUnit


@torch.no_grad()
@pytest.mark.parametrize("stride", [1, 2])
def test_a_unit_is_its_two_branches_without_an_activation_behind(stride):
    unit, x = ResidualUnit(3, 4, BatchNorm, stride).eval(), torch.randn(2, 3, 8, 12)
    found = unit(x)
    assert found.shape == (2, 4, 8 // stride, 12 // stride)
    torch.testing.assert_close(found, unit.main(x) + unit.shortcut(x))
    assert found.min() < 0


def test_the_first_unit_sees_the_image_before_any_norm():
    assert isinstance(ResidualUnit(1, 4, BatchNorm, first=True).main[0], nn.Conv2d)
    assert isinstance(ResidualUnit(1, 4, BatchNorm).main[0], nn.BatchNorm2d)


@torch.no_grad()
@pytest.mark.parametrize("name", ["resunet", "resunet_plain"])
def test_five_levels_halve_the_image_four_times(name):
    network, sizes = build_network(name, 1, 1, base_width=4).eval(), []
    for block in network.encoder:
        block.register_forward_hook(lambda module, inputs, output: sizes.append(tuple(output.shape[2:])))
    network(torch.rand(1, 1, 32, 64))
    assert sizes == [(32, 64), (16, 32), (8, 16), (4, 8), (2, 4)]

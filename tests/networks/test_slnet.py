"""SLNet: where squeeze-and-excitation stands, and its normalisation."""

import pytest
import torch
from torch import nn

from segrepro.networks import build_network
from segrepro.networks.blocks import SqueezeExcite, SwitchNorm2d


@pytest.mark.parametrize(
    ("name", "excited", "norm"),
    [("slnet", 5, SwitchNorm2d), ("slnet_no_se", 0, SwitchNorm2d), ("slnet_no_sn", 5, nn.BatchNorm2d)],
)
def test_each_ablation_lacks_its_part_alone(name, excited, norm):
    modules = list(build_network(name, 4, 2, base_width=4).modules())
    assert sum(isinstance(module, SqueezeExcite) for module in modules) == excited
    norms = [type(module) for module in modules if isinstance(module, (SwitchNorm2d, nn.BatchNorm2d))]
    assert norms == [norm] * 18


@torch.no_grad()
def test_the_skip_is_squeezed_and_excited_too():
    """SE stands before pool and skip: with its gates near 0 the decoder's skip vanishes."""
    network, skips = build_network("slnet", 4, 2, base_width=4).eval(), []
    network.decoder[-1].register_forward_pre_hook(lambda module, inputs: skips.append(inputs[0][:, :4].abs().max()))
    image = torch.rand(1, 4, 16, 32)
    network(image)
    nn.init.constant_(network.encoder[0][1].excite.bias, -50)
    network(image)
    assert skips[0] > 0.01
    assert skips[1] < 1e-12

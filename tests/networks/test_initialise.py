"""The papers' initialisations: spread of the weights, zero biases, untouched trunks."""

import math

import pytest
import torch
from torch import nn

from segrepro.networks import build_network
from segrepro.networks.blocks import SwitchNorm2d
from segrepro.networks.initialise import SCHEMES, initialise
from segrepro.utils.errors import NetworkError
from tests.raised import raised


@pytest.mark.parametrize(
    ("scheme", "std"),
    [
        ("kaiming_normal_fan_in", math.sqrt(2 / (32 * 9))),
        ("kaiming_normal_fan_out", math.sqrt(2 / (64 * 9))),
        ("xavier_uniform", math.sqrt(2 / ((32 + 64) * 9))),
        ("gaussian_new_layers", 0.01),
    ],
)
def test_spread_of_a_convolutions_weights(scheme, std):
    layer = initialise(nn.Conv2d(32, 64, 3), scheme)
    assert layer.weight.std().item() == pytest.approx(std, rel=0.03)
    assert layer.weight.mean().abs() < std / 20
    assert not layer.bias.any()
    if scheme == "xavier_uniform":
        assert layer.weight.abs().max() <= math.sqrt(6 / ((32 + 64) * 9))


@pytest.mark.parametrize("name", ["slnet", "slnet_no_sn", "unet28"])
def test_norm_layers_start_as_the_identity(name):
    network = initialise(build_network(name, 1, 1, base_width=8), "xavier_uniform")
    norms = [m for m in network.modules() if isinstance(m, (SwitchNorm2d, nn.BatchNorm2d, nn.GroupNorm))]
    assert len(norms) == 18
    for norm in norms:
        assert (norm.weight == 1).all()
        assert not norm.bias.any()
        if isinstance(norm, SwitchNorm2d):
            assert norm.mean_logits.tolist() == norm.var_logits.tolist() == [1, 1, 1]


def test_default_draws_nothing():
    network = build_network("unet28", 1, 1, base_width=4)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    initialise(network, "default")
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_gaussian_leaves_the_trunk():
    network = build_network("vgg_fcn", 3, 2, base_width=8)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    initialise(network, "gaussian_new_layers")
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key]) == key.startswith("features."), key
    assert network.head.weight.std() < 0.02


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_seed_decides(scheme):
    def draw(seed):
        torch.manual_seed(seed)
        return initialise(build_network("unet", 1, 1, base_width=2), scheme).head.weight

    assert torch.equal(draw(0), draw(0))
    assert not torch.equal(draw(0), draw(1))


def test_unknown_scheme():
    with raised(NetworkError, remedy="Did you mean xavier_uniform"):
        initialise(nn.Conv2d(1, 1, 1), "xavier")

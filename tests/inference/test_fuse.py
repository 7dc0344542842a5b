"""Batch norm folded into the convolution before it changes nothing but the last digits."""

import pytest
import torch
from torch import nn

from segrepro.inference.fuse import fast_network, foldable_pairs
from segrepro.networks import build_network, list_networks
from tests.raised import raised

CPU = torch.device("cpu")


def lived(network: nn.Module) -> nn.Module:
    """The network with batch statistics that are not those of the start, so that folding has work to do."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values, low, high in ((module.running_mean, -0.2, 0.2), (module.running_var, 0.5, 1.5)):
                values.uniform_(low, high, generator=generator)
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.uniform_(module.bias, -0.2, 0.2, generator=generator)
    return network.eval()


def narrow(name: str) -> nn.Module:
    torch.manual_seed(0)
    options = {"base_width": 8} if "base_width" in list_networks()[name].options else {}
    return lived(build_network(name, 1, 2, **options))


@pytest.mark.parametrize("name", ["unet", "xnet", "r2unet", "slnet", "hlenet", "vgg_fcn", "scse_unet", "segnet"])
@torch.inference_mode()
def test_folding_changes_nothing_but_the_last_digits(name, capsys):
    network, images = narrow(name), torch.rand(1, 1, 64, 64)
    fast = fast_network(network, CPU)
    before, after = network(images), fast(images)
    assert (after - before).abs().max() < 1e-4 * before.abs().max()
    assert "not folded" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["unet", "xnet", "r2unet", "unet_fsm"])
def test_every_batch_norm_behind_a_convolution_is_folded(name):
    fast = fast_network(narrow(name), CPU)
    assert not [module for module in fast.modules() if isinstance(module, nn.BatchNorm2d)]
    assert fast.divisor == 16


def test_the_network_itself_stays_as_it_was_and_the_copy_still_checks_its_input():
    network = narrow("unet")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fast = fast_network(network, CPU)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    with raised(Exception, expected="multiples of 16"):
        fast(torch.zeros(1, 1, 30, 32))


class Shared(nn.Module):
    """One convolution whose output goes to a batch norm and, bare, to the sum; and one with two norms."""

    def __init__(self):
        super().__init__()
        self.bare, self.twice, self.alone = (nn.Conv2d(1, 1, 3, padding=1) for _ in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm2d(1) for _ in range(4))

    def forward(self, x):
        y = self.bare(x)
        y = y + self.norms[0](y)
        y = self.norms[1](self.twice(y)) + self.norms[2](self.twice(y))
        return self.norms[3](self.alone(y))


@torch.inference_mode()
def test_a_convolution_whose_output_goes_elsewhere_too_is_not_folded():
    network, images = lived(Shared()), torch.rand(1, 1, 8, 8)
    assert foldable_pairs(network) == {"alone": "norms.3"}
    torch.testing.assert_close(fast_network(network, CPU)(images), network(images))


def test_a_module_with_two_names_is_not_folded():
    convolution, norm = nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)
    network = lived(nn.Sequential(convolution, norm, nn.ReLU(), convolution, norm))
    assert foldable_pairs(network) == {}


class Untraceable(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)

    def forward(self, x):
        return self.norm(self.convolution(x)) if x.sum() > 0 else x


@torch.inference_mode()
def test_a_network_that_cannot_be_traced_stays_as_it_is_and_that_is_said(capsys):
    network, images = lived(Untraceable()), torch.rand(1, 1, 4, 4)
    torch.testing.assert_close(fast_network(network, CPU)(images), network(images))
    assert "not folded: the network cannot be traced" in capsys.readouterr().out

"""Small versions of every network, and images they accept."""

import pytest
import torch

from segrepro.networks import build_network, list_networks


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.fixture
def narrow():
    """Build a network in its paper's channels, but narrow."""

    def build(name: str, base_width: int = 8, **options):
        network = build_network(name, *list_networks()[name].channels, base_width=base_width, **options)
        network.in_channels, network.out_channels = list_networks()[name].channels
        return network

    return build


@pytest.fixture
def images_for():
    """Two images whose H and W are different odd multiples of what the network needs."""

    def draw(network, batch: int = 2):
        step = network.divisor if network.divisor > 1 else 17
        height, width = (3 * step, 5 * step) if step < 32 else (step, 3 * step)
        return torch.randn(batch, network.in_channels, height, width)

    return draw

"""FCN-8s: its skips."""

import torch
from torch import nn

from segrepro.networks import build_network


def test_fcn_without_its_skips_is_another_network():
    """Pools 3 and 4 must reach the output by themselves: cut the deep stages, and the image still shows."""
    network = build_network("fcn8s", 4, 2, base_width=4).eval()
    nn.init.zeros_(network.ups[0].weight)
    a, b = torch.randn(2, 1, 4, 32, 64)
    assert (network(a) - network(b)).abs().max() > 0


@torch.no_grad()
def test_each_way_up_doubles_and_the_first_two_meet_pools_4_and_3():
    network, shapes = build_network("fcn8s", 4, 2, base_width=4).eval(), []
    for up in network.ups:
        up.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(output.shape[1:])))
    network(torch.rand(1, 4, 32, 64))
    assert shapes == [(32, 2, 4), (16, 4, 8), (8, 8, 16), (4, 16, 32), (2, 32, 64)]

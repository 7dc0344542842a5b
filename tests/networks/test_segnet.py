"""SegNet: each value goes back to where max-pooling took it from."""

import torch
from torch import nn
from torch.nn.functional import interpolate, max_pool2d

from segrepro.networks import build_network
from segrepro.networks.segnet import DECODER, ENCODER


def test_segnet_unpools_to_where_the_maximum_was():
    network = build_network("segnet", 1, 1, base_width=4)
    x = torch.randn(1, 3, 8, 8)
    pooled, places = network.pool(x)
    restored = network.unpool(pooled, places)
    is_maximum = x == interpolate(max_pool2d(x, 2), scale_factor=2)
    assert torch.equal(restored, torch.where(is_maximum, x, 0))


def test_segnet_uses_each_levels_own_places():
    """With all convolutions passing the one channel on, the largest pixel comes back to its place alone."""
    network = build_network("segnet", 1, 1, base_width=1).eval()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
            layer.weight.data[0, 0, layer.kernel_size[0] // 2, layer.kernel_size[1] // 2] = 1
    image = torch.rand(1, 1, 32, 64)
    image[0, 0, 13, 45] = 2
    output = network(image)
    places = (output[0, 0] > 0.01).nonzero().tolist()
    assert len(places) == 2  # one for each 32 x 32 block
    assert [13, 45] in places


def test_the_decoder_mirrors_the_encoder():
    """Each decoder stage has the convolutions of its encoder stage, but narrows to the next level at its end."""
    assert [len(stage) for stage in DECODER[:3]] == [len(stage) for stage in reversed(ENCODER[2:])]
    assert [stage[-1] for stage in DECODER] == [stage[0] for stage in reversed(ENCODER[:-1])] + [1]

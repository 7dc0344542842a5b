"""The FCN of the WMH paper: its side outputs."""

import torch
from torch import nn
from torch.nn.functional import interpolate

from segrepro.networks import build_network


def test_vgg_fcn_adds_up_its_five_resized_sides():
    network = build_network("vgg_fcn", 3, 1, base_width=4)
    images = torch.randn(1, 3, 40, 24)
    maps, x = [], images
    for layer in network.features:
        if isinstance(layer, nn.MaxPool2d):
            maps.append(x)
        x = layer(x)
    weights = network.head.weight.flatten().split(16)
    expected = network.head.bias.view(1, 1, 1, 1)
    for side, features, weight in zip(network.sides, [*maps, x], weights):
        resized = interpolate(side(features), size=(40, 24), mode="bilinear")
        expected = expected + (resized * weight.view(1, 16, 1, 1)).sum(1, keepdim=True)
    torch.testing.assert_close(network(images), expected, rtol=1e-4, atol=1e-5)

"""The dense U-Net: what its layers append, and how its skips are summed."""

import pytest
import torch

from segrepro.networks import build_network
from segrepro.networks.denseunet import DenseLayer, Scale, dense_block, transition


def test_dense_layer_appends_and_scale_is_affine():
    layer, x = DenseLayer(5, 3), torch.randn(2, 5, 4, 4)
    assert torch.equal(layer(x)[:, :5], x)
    assert layer(x).shape[1] == 8
    scale = Scale(5)
    scale.weight.data[2] = 2
    scale.bias.data[3] = 1
    expected = x.clone()
    expected[:, 2] *= 2
    expected[:, 3] += 1
    assert torch.equal(scale(x), expected)


def test_a_block_grows_and_a_transition_halves():
    x = torch.randn(2, 6, 8, 8)
    grown = dense_block(6, 3, layers=4)(x)
    assert grown.shape == (2, 6 + 4 * 3, 8, 8)
    assert transition(18)(grown).shape == (2, 9, 4, 4)


@pytest.mark.parametrize("width", [96, 24])
def test_channels_behind_the_dense_blocks_are_those_of_densenet_161_or_a_share(width):
    with torch.device("meta"):
        network = build_network("denseunet2d", 1, 1, base_width=width)
    found = [step[0][0].num_features for step in network.steps[:3]] + [network.steps[3][0].num_features]
    assert found == [channels * width // 96 for channels in (384, 768, 2112, 2208)]

"""DeepLab v3+: its strides, and its image-wide pyramid."""

import torch

from segrepro.networks import build_network
from segrepro.networks.deeplab import XceptionBlock
from segrepro.networks.initialise import initialise


@torch.no_grad()
def test_its_global_mean_sees_the_whole_image():
    """The pyramid's pooled branch lets a distant pixel change the output; without, the corner would not know of it."""
    network = build_network("deeplabv3plus", 1, 1, base_width=8)
    network = initialise(network, "kaiming_normal_fan_in").double().eval()
    image = torch.rand(1, 1, 64, 96, dtype=torch.float64)
    moved = image.clone()
    moved[..., 60:, 90:] += 50
    assert (network(moved) != network(image))[0, 0, :4, :4].all()


@torch.no_grad()
def test_a_block_gives_its_features_before_the_stride_too():
    """The decoder's low-level features are those at 1/4, from before the stride to 1/8."""
    coarse, fine = XceptionBlock(4, [6, 6, 6], stride=2).eval()(torch.rand(1, 4, 10, 14))
    assert (coarse.shape, fine.shape) == ((1, 6, 5, 7), (1, 6, 10, 14))


@torch.no_grad()
def test_the_output_stride_is_16():
    network, seen = build_network("deeplabv3plus", 1, 1, base_width=8).eval(), []
    network.pyramid.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].shape[2:]))
    network.low.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].shape[2:]))
    network(torch.rand(1, 1, 64, 96))
    assert seen == [(4, 6), (16, 24)]

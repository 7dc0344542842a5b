"""PSPNet: its pyramid of means."""

import torch
from torch.nn.functional import interpolate

from segrepro.networks import build_network
from segrepro.networks.initialise import initialise
from segrepro.networks.pspnet import PyramidPooling


@torch.no_grad()
def test_its_global_mean_sees_the_whole_image():
    """The mean over everything lets a distant pixel change the output; without, the corner would not know of it."""
    network = build_network("pspnet", 1, 1, base_width=8)
    network = initialise(network, "kaiming_normal_fan_in").double().eval()
    image = torch.rand(1, 1, 64, 96, dtype=torch.float64)
    moved = image.clone()
    moved[..., 60:, 90:] += 50
    assert (network(moved) != network(image))[0, 0, :4, :4].all()


@torch.no_grad()
def test_the_pyramid_puts_the_means_of_its_regions_beside_the_input():
    pyramid, x = PyramidPooling(8).eval(), torch.rand(1, 8, 12, 18)
    found = pyramid(x)
    assert found.shape == (1, 16, 12, 18)
    assert torch.equal(found[:, :8], x)
    # 3x3 regions of 4 x 6 pixels each are the second of the four levels, two channels a level.
    means = x.unflatten(2, (3, 4)).unflatten(4, (3, 6)).mean((3, 5))
    expected = interpolate(pyramid.levels[1](means), size=(12, 18), mode="bilinear")
    torch.testing.assert_close(found[:, 10:12], expected)


@torch.no_grad()
def test_the_output_stride_is_16():
    network, seen = build_network("pspnet", 1, 1, base_width=4).eval(), []
    network.pyramid.register_forward_pre_hook(lambda module, inputs: seen.append(tuple(inputs[0].shape[1:])))
    network(torch.rand(1, 1, 64, 96))
    assert seen == [(4 * 8 * 4, 4, 6)]

"""Attention maps read out of HLE-Net."""

import pytest
import torch

from segrepro.networks.attention_maps import attention_maps
from segrepro.utils.errors import NetworkError

LFE, HFE = ["lfe_1", "lfe_2", "lfe_4", "lfe_8"], ["hfe_8", "hfe_4", "hfe_2", "hfe_1"]


@pytest.mark.parametrize(
    ("name", "expected"), [("hlenet", LFE + HFE), ("hlenet_lfe", LFE), ("hlenet_hfe", HFE), ("unet28", [])]
)
def test_each_network_has_its_maps_in_forward_order(narrow, images_for, name, expected):
    network = narrow(name)
    images = images_for(network)
    maps = attention_maps(network, images)
    assert list(maps) == expected
    for key, value in maps.items():
        factor = int(key.split("_")[1])
        assert value.shape == (2, 1, images.shape[2] // factor, images.shape[3] // factor)
        assert 0 < value.min() <= value.max() < 1
        assert not value.requires_grad


def test_the_maps_are_those_of_the_equations(narrow, images_for):
    network = narrow("hlenet").eval()
    images, seen = images_for(network), []
    fuse = network.decoder[-1][0]
    handle = fuse.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    maps = attention_maps(network, images)
    handle.remove()
    with torch.no_grad():
        torch.testing.assert_close(maps["lfe_1"], network.encoder[0].semantic_map(images))
        weight, bias = fuse.spatial[0].weight[0, :, 0, 0], fuse.spatial[0].bias
        logits = torch.einsum("c,nchw->nhw", weight, seen[0]) + bias
        torch.testing.assert_close(maps["hfe_1"][:, 0], torch.sigmoid(logits))


def test_the_network_is_left_as_it_was(narrow, images_for):
    network = narrow("hlenet").train()
    images, state = images_for(network), {k: v.clone() for k, v in network.state_dict().items()}
    attention_maps(network, images)
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    with pytest.raises(NetworkError):
        attention_maps(network, images[:, :2])
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())

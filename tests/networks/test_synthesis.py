"""The networks around the synthesis of pseudo-DWI: context encoder and discriminator."""

import torch
from torch import nn

from segrepro.networks import build_network


def test_context_encoder_is_a_global_mean_of_its_last_map():
    network = build_network("context_encoder", 1, 16).eval()
    image = torch.randn(2, 1, 256, 256)
    maps, sizes = image, []
    for layer in list(network)[:15]:
        maps = layer(maps)
        if isinstance(layer, nn.ReLU):
            sizes.append(tuple(maps.shape[1:]))
    assert sizes == [(32, 128, 128), (64, 64, 64), (64, 32, 32), (64, 16, 16), (16, 8, 8)]
    torch.testing.assert_close(network(image), maps.mean((2, 3)))


def test_context_encoder_without_batch_norm_keeps_contrast():
    network = build_network("context_encoder", 1, 16, batch_norm=False)
    assert sum(p.numel() for p in network.parameters()) == 102_384 - 2 * (32 + 3 * 64 + 16)
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.bias)
    image = torch.rand(2, 1, 64, 64)
    torch.testing.assert_close(network(image / 2), network(image) / 2)


def test_discriminators_scales_are_halved_and_separate():
    network = build_network("patch_discriminator", 5, 1, base_width=4)
    image = torch.randn(1, 5, 64, 64)
    maps = network(image)
    torch.testing.assert_close(maps[0], network.scales[0](image))
    flat = network(torch.ones_like(image))
    # A constant image stays constant under the pool, borders included.
    torch.testing.assert_close(flat[1], network.scales[1](torch.ones(1, 5, 32, 32)))
    nn.init.zeros_(network.scales[1][0].weight)
    assert torch.equal(network(image)[0], maps[0])
    assert not torch.equal(network(image)[1], maps[1])


def test_extractor_and_generator_are_the_papers_unet():
    for name in ("extractor", "generator"):
        with torch.device("meta"):
            found, expected = (build_network(kind, 6, 1).state_dict() for kind in (name, "unet"))
        assert {key: value.shape for key, value in found.items()} == {k: v.shape for k, v in expected.items()}

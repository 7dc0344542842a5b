"""What is particular to one family: unpooling, enhancement modules, skips, pyramids, side outputs."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.functional import interpolate, max_pool2d

from segrepro.networks import build_network
from segrepro.networks.blocks import BatchNorm
from segrepro.networks.denseunet import DenseLayer, Scale
from segrepro.networks.hlenet import HighLevelEnhancement, LowLevelEnhancement
from segrepro.networks.initialise import initialise
from segrepro.networks.unet import UNet


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


def test_hfe_is_its_equation():
    module, y = HighLevelEnhancement(8, BatchNorm).eval(), torch.randn(2, 8, 5, 6)
    z, s = module.channel(y), module.spatial(y)
    assert z.shape == (2, 8, 1, 1)
    assert s.shape == (2, 1, 5, 6)
    expected = module.fuse(torch.cat([y + z * y, y + s * y], 1))
    torch.testing.assert_close(module(y), expected)


@torch.no_grad()
def test_lfe_is_its_equation():
    for up in ("deconv", "nearest"):
        module, x = LowLevelEnhancement(3, 4, BatchNorm, up).eval(), torch.randn(2, 3, 8, 12)
        s = module.semantic_map(x)
        assert s.shape == (2, 1, 8, 12)
        assert 0 < s.min() < s.max() < 1
        torch.testing.assert_close(module(x), module.last(module.trunk(x) + s * module.trunk(x)))


@torch.no_grad()
@pytest.mark.parametrize("up", ["deconv", "nearest"])
def test_the_semantic_map_of_lfe_is_its_figure(up):
    """Fig. 2 with torch's own functions: two levels down, two up with skips, a 1x1 convolution and a sigmoid."""
    module, x = LowLevelEnhancement(3, 4, BatchNorm, up).eval(), torch.randn(2, 3, 8, 12)

    def module_of(block, y):
        convolution, norm = block[0], block[1]
        y = functional.conv2d(y, convolution.weight, convolution.bias, padding=1)
        y = functional.batch_norm(y, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)
        return y.clamp_min(0)

    def raised(layer, y):
        if up == "nearest":
            return y.repeat_interleave(2, 2).repeat_interleave(2, 3)
        return functional.conv_transpose2d(y, layer.weight, layer.bias, stride=2)

    fine = module_of(module.fine, x)
    middle = module_of(module.middle, functional.max_pool2d(fine, 2))
    coarse = module_of(module.coarse, functional.max_pool2d(middle, 2))
    middle = module_of(module.join_middle, torch.cat([middle, raised(module.up_middle, coarse)], 1))
    fine = module_of(module.join_fine, torch.cat([fine, raised(module.up_fine, middle)], 1))
    (gate,) = (layer for layer in module.gate.modules() if isinstance(layer, nn.Conv2d))
    s = 1 / (1 + torch.exp(-functional.conv2d(fine, gate.weight, gate.bias)))
    torch.testing.assert_close(module.semantic_map(x), s)


@torch.no_grad()
def test_lfe_sees_beyond_its_trunk():
    """The trunk's two 3x3 convolutions see 2 pixels away; the semantic map must see further."""
    module = LowLevelEnhancement(1, 4, BatchNorm).eval()
    x = torch.rand(1, 1, 32, 32)
    moved = x.clone()
    moved[..., 16, 16] += 100
    map_reach = (module.semantic_map(moved) != module.semantic_map(x))[0, 0].nonzero()[:, 0]
    trunk_reach = (module.trunk(moved) != module.trunk(x)).any(1)[0].nonzero()[:, 0]
    assert trunk_reach.max() - 16 <= 2
    assert map_reach.max() - 16 > 4


def test_unet_puts_the_skip_before_the_upsampled():
    """Blocks that record what they get; the coarse level carries 1, the skips 0."""
    seen = []

    class Record(nn.Module):
        def forward(self, x):
            seen.append(x.mean((0, 2, 3)).tolist())
            return x[:, :1]

    encoder = [nn.Identity(), nn.Identity()]
    network = UNet(encoder, [nn.Upsample(scale_factor=2)], [Record()], nn.Identity(), bottom=nn.Hardtanh(1, 2))
    network(torch.zeros(1, 1, 4, 4))
    assert seen == [[0.0, 1.0]]
    assert network.divisor == 2


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


@torch.no_grad()
def test_deeplab_and_pspnet_see_the_whole_image():
    """Their global means let a distant pixel change the output; without, the corner would not know of it."""
    for name in ("deeplabv3plus", "pspnet"):
        network = build_network(name, 1, 1, base_width=8)
        network = initialise(network, "kaiming_normal_fan_in").double().eval()
        image = torch.rand(1, 1, 64, 96, dtype=torch.float64)
        moved = image.clone()
        moved[..., 60:, 90:] += 50
        assert (network(moved) != network(image))[0, 0, :4, :4].all()


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


def test_fcn_without_its_skips_is_another_network():
    """Pools 3 and 4 must reach the output by themselves: cut the deep stages, and the image still shows."""
    network = build_network("fcn8s", 4, 2, base_width=4).eval()
    nn.init.zeros_(network.ups[0].weight)
    a, b = torch.randn(2, 1, 4, 32, 64)
    assert (network(a) - network(b)).abs().max() > 0


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

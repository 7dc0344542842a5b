"""HLE-Net's enhancement modules against their equations and figures."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from segrepro.networks import build_network
from segrepro.networks.blocks import BatchNorm
from segrepro.networks.hlenet import HighLevelEnhancement, LowLevelEnhancement


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
def test_lfe_with_a_trunk_of_three_ends_at_its_equation_and_has_the_same_count():
    module, x = LowLevelEnhancement(3, 4, BatchNorm, tail="trunk_of_three").eval(), torch.randn(2, 3, 8, 12)
    trunk = nn.Sequential(*module.trunk, *module.last)
    assert sum(isinstance(layer, nn.Conv2d) for layer in trunk) == 3
    torch.testing.assert_close(module(x), (1 + module.semantic_map(x)) * trunk(x))
    counts = [
        [parameter.shape for parameter in build_network("hlenet", 4, 1, lfe_tail=tail).parameters()]
        for tail in ("trunk_of_three", "trailing_conv")
    ]
    assert counts[0] == counts[1]
    assert sum(shape.numel() for shape in counts[0]) == 5_531_545


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


@pytest.mark.parametrize(("name", "lfe", "hfe"), [("hlenet", 4, 4), ("hlenet_lfe", 4, 0), ("hlenet_hfe", 0, 4)])
def test_each_ablation_has_its_modules_on_four_levels(name, lfe, hfe):
    modules = list(build_network(name, 4, 1, base_width=8).modules())
    assert sum(isinstance(module, LowLevelEnhancement) for module in modules) == lfe
    assert sum(isinstance(module, HighLevelEnhancement) for module in modules) == hfe

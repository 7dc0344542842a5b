"""Blocks against their equations, written out slowly."""

import pytest
import torch
from torch import nn

from segrepro.networks.blocks import (
    BatchNorm,
    ChannelGate,
    PooledBatchNorm2d,
    ResidualBlock,
    SpatialExcite,
    SpatialGate,
    SqueezeExcite,
    SwitchNorm2d,
    upsampling,
)


def dominated(norm: SwitchNorm2d, index: int) -> SwitchNorm2d:
    """Let one of instance (0), layer (1) and batch (2) statistics take all."""
    with torch.no_grad():
        for logits in (norm.mean_logits, norm.var_logits):
            logits.fill_(-50)
            logits[index] = 50
    return norm


def unbiased(reference: torch.Tensor, pixels: int) -> torch.Tensor:
    """The biased variance's result in terms of the unbiased variance; eps is negligible here."""
    return reference * ((pixels - 1) / pixels) ** 0.5


def test_switch_norm_becomes_instance_norm():
    x = 3 * torch.randn(4, 6, 9, 7, dtype=torch.float64) + 2
    found = dominated(SwitchNorm2d(6).double(), 0)(x)
    torch.testing.assert_close(found, unbiased(nn.InstanceNorm2d(6)(x), 63), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("index", "axes"), [(1, (1, 2, 3)), (2, (0, 2, 3))])
def test_switch_norm_becomes_layer_or_batch_norm(index, axes):
    """Exactly so with the biased instance variance; the unbiased one adds the variance's share of 1/62."""
    x = torch.randn(4, 6, 9, 7, dtype=torch.float64) + torch.arange(6).view(1, 6, 1, 1)
    norm = dominated(SwitchNorm2d(6).double(), index)
    reference = nn.LayerNorm(x.shape[1:], dtype=torch.float64) if index == 1 else nn.BatchNorm2d(6).double()
    within = x.var((2, 3), keepdim=True, correction=0)
    added = (within / 62).mean(axes[0], keepdim=True)
    variance = x.var(axes, keepdim=True, correction=0)
    expected = reference(x) * ((variance + 1e-5) / (variance + added + 1e-5)).sqrt()
    torch.testing.assert_close(norm(x), expected, rtol=1e-9, atol=1e-9)


def test_switch_norm_mixes_equally_at_first():
    x = torch.randn(3, 4, 8, 8, dtype=torch.float64)
    instance = x.mean((2, 3), keepdim=True)
    mean = (instance + instance.mean(1, keepdim=True) + instance.mean(0, keepdim=True)) / 3
    norm = SwitchNorm2d(4).double()
    found = norm(x)
    # Every pixel of a channel is shifted and scaled alike, so the mixed mean is where the output is 0.
    slope = (found[..., 0, 0] - found[..., 0, 1]) / (x[..., 0, 0] - x[..., 0, 1])
    zero = x[..., 0, 0] - found[..., 0, 0] / slope
    torch.testing.assert_close(zero, mean[..., 0, 0])


def test_switch_norm_keeps_running_batch_statistics_from_zero():
    norm = dominated(SwitchNorm2d(2).double(), 2)
    x = torch.randn(5, 2, 16, 16, dtype=torch.float64) * 2 + 7
    assert norm.running_var.abs().max() == 0
    norm(x)
    torch.testing.assert_close(norm.running_mean.flatten(), 0.1 * x.mean((0, 2, 3)))
    trained = None
    for _ in range(200):
        trained = norm(x)
    torch.testing.assert_close(norm.eval()(x), trained)
    frozen = norm.running_mean.clone()
    norm(x + 100)
    assert torch.equal(norm.running_mean, frozen)


def test_switch_norm_takes_one_pixel():
    assert SwitchNorm2d(3)(torch.randn(2, 3, 1, 1)).isfinite().all()


def test_pooled_batch_norm_takes_one_image():
    plain, pooled = nn.BatchNorm2d(3), PooledBatchNorm2d(3)
    x = torch.randn(4, 3, 1, 1)
    assert torch.equal(plain(x), pooled(x))
    with pytest.raises(ValueError, match="more than 1 value"):
        plain(x[:1])
    running = pooled.running_mean.clone()
    torch.testing.assert_close(pooled(x[:1]), pooled.eval()(x[:1]))
    assert torch.equal(pooled.running_mean, running)


def test_channel_gate_by_hand():
    gate = ChannelGate(2, 1)
    with torch.no_grad():
        gate.squeeze.weight.copy_(torch.tensor([1.0, -2.0]).view(1, 2, 1, 1))
        gate.squeeze.bias.fill_(0.5)
        gate.excite.weight.copy_(torch.tensor([2.0, -1.0]).view(2, 1, 1, 1))
        gate.excite.bias.copy_(torch.tensor([0.0, 1.0]))
    # Means 3 and 1: relu(3 - 2 + 0.5) = 1.5, then (3, -0.5).
    x = torch.tensor([[[[1.0, 5.0]], [[0.0, 2.0]]]])
    weights = torch.tensor([3.0, -0.5]).sigmoid().view(1, 2, 1, 1)
    torch.testing.assert_close(gate(x), weights)
    excite = SqueezeExcite(2, 1)
    excite.load_state_dict(gate.state_dict())
    torch.testing.assert_close(excite(x), x * weights)


def test_spatial_gate_by_hand():
    gate = SpatialGate(2)
    with torch.no_grad():
        gate[0].weight.copy_(torch.tensor([1.0, -2.0]).view(1, 2, 1, 1))
        gate[0].bias.fill_(0.5)
    x = torch.tensor([[[[1.0, 5.0]], [[0.0, 2.0]]]])
    weights = torch.tensor([[[[1.5, 1.5]]]]).sigmoid()
    torch.testing.assert_close(gate(x), weights)
    excite = SpatialExcite(2)
    excite.load_state_dict(gate.state_dict())
    torch.testing.assert_close(excite(x), x * weights)


def test_residual_block_without_its_main_branch_is_its_shortcut():
    block, x = ResidualBlock(4, 4, BatchNorm, shortcut=nn.Identity()).eval(), torch.randn(2, 4, 6, 6)
    nn.init.zeros_(block.main[-1].weight)
    assert torch.equal(block(x), x.relu())


def test_upsampling_doubles_and_tells_its_channels():
    x = torch.arange(8.0).view(1, 2, 2, 2)
    for kind in ("deconv", "conv", "nearest", "bilinear"):
        module, channels = upsampling(kind, 2, 3, BatchNorm)
        assert module(x).shape == (1, channels, 4, 4)
        assert channels == (3 if kind in ("deconv", "conv") else 2)
    assert upsampling("nearest", 2, 3, BatchNorm)[0](x)[0, 0, 0].tolist() == [0, 0, 1, 1]
    corners = upsampling("bilinear", 2, 3, BatchNorm)[0](x)[..., ::3, ::3]
    torch.testing.assert_close(corners, x)

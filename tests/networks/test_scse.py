"""The scSE U-Nets on CHAOS: the block, and where it stands."""

import pytest
import torch

from segrepro.networks import build_network
from segrepro.networks.blocks import SpatialExcite, SqueezeExcite
from segrepro.networks.scse import ConcurrentExcite, channel_excite


def test_scse_is_the_elementwise_maximum():
    block, x = ConcurrentExcite(8, reduction=2), torch.randn(2, 8, 5, 6)
    channel, spatial = block.channel(x), block.spatial(x)
    found = block(x)
    assert torch.equal(found, torch.where(channel > spatial, channel, spatial))
    assert torch.equal(found, channel) is False
    assert torch.equal(found, spatial) is False


@pytest.mark.parametrize(
    ("name", "kind"),
    [("scse_unet", ConcurrentExcite), ("cse_unet", SqueezeExcite), ("sse_unet", SpatialExcite), ("unet_chaos", None)],
)
def test_blocks_stand_behind_four_encoder_and_three_decoder_blocks(name, kind):
    network = build_network(name, 1, 5, base_width=4)
    last = [type(block[-1]) for block in (*network.encoder, *network.decoder)]
    bare = torch.nn.ReLU
    assert last == ([kind] * 4 + [bare] + [kind] * 3 + [bare] if kind else [bare] * 9)


def test_the_reduction_leaves_at_least_one_channel():
    assert [channel_excite(channels, 8).squeeze.out_channels for channels in (32, 8, 4)] == [4, 1, 1]

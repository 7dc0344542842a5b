"""X-Net: its block, and its module at the bottom."""

import torch

from segrepro.networks import build_network
from segrepro.networks.blocks import BatchNorm
from segrepro.networks.xnet import XBlock


def test_x_block_has_no_activation_behind_its_sum():
    block, x = XBlock(3, 5, BatchNorm).eval(), torch.randn(2, 3, 6, 6)
    torch.testing.assert_close(block(x), block.main(x) + block.shortcut(x))
    depthwise = block.main[0][0]
    assert depthwise.groups == 3
    assert depthwise.bias is None
    moved = x.clone()
    moved[:, 0] += 1
    with torch.no_grad():
        changed = (depthwise(moved) - depthwise(x)).abs().amax((0, 2, 3)) > 0
    assert changed.tolist() == [True, False, False]


@torch.no_grad()
def test_without_its_similarity_module_it_is_the_ablation():
    network, ablation = build_network("xnet", 1, 1, base_width=8), build_network("xnet_no_fsm", 1, 1, base_width=8)
    state = {key: value for key, value in network.state_dict().items() if not key.startswith("bottom.")}
    ablation.load_state_dict(state)
    image = torch.rand(1, 1, 32, 48)
    assert not torch.equal(network.eval()(image), ablation.eval()(image))
    network.bottom = torch.nn.Identity()
    assert torch.equal(network(image), ablation(image))

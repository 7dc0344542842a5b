"""Losses by their names: what is listed, what is refused, and that each is worked out by hand."""

import pytest
import torch

from segrepro.losses import LossInfo, build_loss, list_losses
from segrepro.networks import build_network
from segrepro.utils.errors import ConfigError
from tests.losses.test_segmentation import BY_HAND
from tests.losses.test_synthesis import SYNTHESIS
from tests.raised import raised


def test_every_loss_is_tested():
    assert set(BY_HAND) | set(SYNTHESIS) == set(list_losses())


def test_the_papers_own_networks_fit_the_losses():
    torch.manual_seed(0)
    image, target, condition = torch.rand(2, 1, 64, 64), torch.rand(2, 1, 64, 64), torch.rand(2, 4, 64, 64)
    image.requires_grad_()
    encoder = build_network("context_encoder", 1, 16)
    judge = build_network("patch_discriminator", 5, 1, base_width=8)
    for value in (
        build_loss("w_l2_h1", context_encoder=encoder)(image, target),
        build_loss("l2_lsgan", discriminator=judge)(image, target, condition=condition),
    ):
        image.grad = None
        value.backward()
        assert image.grad.abs().max() > 0


@pytest.mark.parametrize(
    ("name", "options", "fields"),
    [
        ("dicee", {}, {"where": "^loss dicee$", "found": "no loss of that name", "remedy": "Did you mean dice"}),
        ("pixel_sum_ce", {"ignore": 3}, {"found": "^option ignore$", "expected": "^ignore_index"}),
        ("ce", {"gamma": 3}, {"found": "^option gamma$", "expected": "^no option"}),
        ("w_l2_h1", {}, {"found": "^no context_encoder"}),
        ("lsgan", {}, {"found": "^no discriminator"}),
    ],
)
def test_wrong_names_and_options(name, options, fields):
    with raised(ConfigError, **fields):
        build_loss(name, **options)


def test_entries_are_complete():
    for info in list_losses().values():
        assert isinstance(info, LossInfo)
        assert set(info.needs) <= set(info.options)

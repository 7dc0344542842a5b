"""The whole networks of the pseudo-DWI paper: what each part sees."""

import pytest
import torch

from segrepro.networks import build_network, check_network
from segrepro.utils.errors import NetworkError
from tests.raised import raised

GROUPS = {"fo": 4, "fl": 1, "frames": 6}


def build(name: str, **options) -> torch.nn.Module:
    return build_network(name, 11, 1, base_width=2, groups=GROUPS, **options).eval()


def seen_by(network, images, part) -> list[bool]:
    """Which input channels an output depends on."""
    images.requires_grad_(True)
    images.grad = None
    getattr(network(images, parts=True), part).square().sum().backward()
    return [bool(channel.any()) for channel in images.grad.abs().sum((0, 2, 3))]


@pytest.mark.parametrize("name", ["synthesis", "pseudo_dwi"])
def test_the_extractor_sees_the_frames_and_the_generator_everything(name):
    network, images = build(name), torch.rand(2, 11, 32, 16)
    assert seen_by(network, images, "feature") == [False] * 5 + [True] * 6
    assert seen_by(network, images, "dwi") == [True] * 11


@torch.no_grad()
def test_the_generator_gets_maps_then_projection_then_feature():
    """Eq. 5, whatever the order of the channels in the images."""
    network, images = build("synthesis"), torch.rand(2, 11, 32, 16)
    parts = network(images, parts=True)
    torch.testing.assert_close(parts.feature, network.extractor(images[:, 5:]))
    shown = torch.cat([images[:, :5], parts.feature], 1)
    torch.testing.assert_close(parts.dwi, network.generator(shown))
    torch.testing.assert_close(network(images), parts.dwi)
    turned = build_network("synthesis", 11, 1, base_width=2, groups={"frames": 6, "fo": 4, "fl": 1}).eval()
    turned.load_state_dict(network.state_dict())
    torch.testing.assert_close(turned(torch.cat([images[:, 5:], images[:, :5]], 1)), parts.dwi)


@torch.no_grad()
@pytest.mark.parametrize("segmenter", ["slnet", "unet"])
def test_the_segmenter_sees_the_pseudo_dwi_and_what_is_beside_it(segmenter):
    images = torch.rand(2, 11, 32, 16)
    for beside, extra in (([], []), (["fo"], [images[:, :4]]), (["fl", "fo"], [images[:, 4:5], images[:, :4]])):
        network = build("pseudo_dwi", segmenter=segmenter, segmenter_inputs=beside)
        parts = network(images, parts=True)
        torch.testing.assert_close(parts.logits, network.segmenter(torch.cat([*extra, parts.dwi], 1)))
        torch.testing.assert_close(network(images), parts.logits)
        torch.testing.assert_close(network.synthesis(images), parts.dwi)
        assert parts.dwi.shape == parts.logits.shape == (2, 1, 32, 16)


def test_the_synthesis_of_a_whole_network_takes_the_weights_of_a_synthesis():
    one, whole = build("synthesis"), build("pseudo_dwi")
    whole.synthesis.load_state_dict(one.state_dict())
    images = torch.rand(1, 11, 16, 16)
    assert torch.equal(whole.synthesis(images), one(images))


@pytest.mark.parametrize("groups", [{"fo": 4}, {"fo": 4, "frames": 8}])
def test_groups_that_are_not_the_input_are_refused(groups):
    with raised(NetworkError, expected="groups of 11 channels in all"):
        build_network("synthesis", 11, 1, base_width=2, groups=groups)


def test_unknown_names_are_refused():
    with raised(NetworkError, remedy="Valid names: fl, fo, frames"):
        build("pseudo_dwi", segmenter_inputs=["f0"])
    with raised(NetworkError, expected="slnet or unet"):
        check_network("pseudo_dwi", segmenter="slent")

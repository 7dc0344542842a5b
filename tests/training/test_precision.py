"""In what precision a network computes."""

import pytest
import torch
from torch import nn

from segrepro.networks import build_network
from segrepro.training.precision import computing_in

HU = torch.arange(-150, 152)  # liver, muscle, fat and what lies between


def as_prepared(hu: torch.Tensor) -> torch.Tensor:
    """A CT of 12 bits scaled to 0-1, a slice with a pixel a grey level, as the network gets it."""
    return ((hu + 1024) / 4095).half().float().reshape(1, 1, 1, -1)


def levels(precision: str, context=computing_in) -> int:
    """How many of the grey levels come out of a convolution that passes on what it gets."""
    passes_on, images = nn.Conv2d(1, 1, 1, bias=False), as_prepared(HU)
    nn.init.ones_(passes_on.weight)
    with torch.no_grad(), context(precision, images):
        return len(passes_on(images).unique())


def test_the_first_convolution_keeps_the_grey_levels_of_ct_in_bfloat16():
    stored = len(as_prepared(HU).unique())  # in float16, 11 bits
    assert stored == 302
    assert levels("float32") == levels("bfloat16") == levels("float16") == stored
    assert levels("bfloat16", lambda _, images: torch.autocast("cpu", torch.bfloat16)) == 58


@pytest.mark.parametrize("network", ["unet", "xnet", "hlenet", "scse_unet", "pspnet", "denseunet2d", "deeplabv3plus"])
def test_only_convolutions_of_the_images_stay_in_float32(network):
    kinds, model = {}, build_network(network, 1, 2, base_width=8).eval()
    images = torch.rand(1, 1, 64, 64)
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda layer, given, output, name=name: kinds.update({name: output.dtype}))
    with torch.no_grad(), computing_in("bfloat16", images):
        model(images)
    kept = [name for name, kind in kinds.items() if kind == torch.float32]
    assert 1 <= len(kept) <= 3
    assert all(model.get_submodule(name).in_channels == 1 for name in kept)


def test_float32_is_left_as_it_is():
    images = torch.rand(1, 1, 8, 8)
    with computing_in("float32", images):
        assert not torch.is_autocast_enabled("cpu")
        assert nn.Conv2d(1, 1, 3)(images).dtype == torch.float32

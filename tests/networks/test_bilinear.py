"""Resizing by two products of matrices is torch's own, with few kernels."""

import pytest
import torch
from torch._decomp import get_decompositions
from torch.nn.functional import interpolate
from torch.utils._python_dispatch import TorchDispatchMode

from segrepro.networks import bilinear
from segrepro.networks.bilinear import Bilinear, by_products, resized

SIZES = [((4, 6), (32, 48)), ((16, 15), (256, 240)), ((6, 6), (14, 12)), ((9, 7), (5, 3)), ((1, 1), (14, 12))]


class Counted(TorchDispatchMode):
    """Counts the operations that torch hands to a device; views are none."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if not function.is_view and function.namespace == "aten":
            self.names.append(function.__name__)
        return result


@pytest.mark.parametrize(("old", "new"), SIZES)
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_values_and_gradients_are_those_of_torch(old, new, align_corners, order):
    images = torch.rand(2, 3, *old).contiguous(memory_format=order)
    exact, ours = images.double().requires_grad_(), images.clone().requires_grad_()
    expected = interpolate(images, size=new, mode="bilinear", align_corners=align_corners)
    found = by_products(ours, new, align_corners)
    assert float((found.detach() - expected).abs().max()) <= 5e-7
    upstream = torch.rand_like(expected)
    found.backward(upstream)
    interpolate(exact, size=new, mode="bilinear", align_corners=align_corners).backward(upstream.double())
    assert float((ours.grad - exact.grad).abs().max()) <= 5e-7 * max(1, float(exact.grad.abs().max()))


def test_bfloat16_is_rounded_once():
    images = torch.rand(2, 3, 8, 6).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        found = by_products(images, (32, 24), False)
    assert found.dtype == torch.bfloat16
    exact = interpolate(images.double(), size=(32, 24), mode="bilinear")
    assert torch.equal(found, by_products(images.float(), (32, 24), False).bfloat16())
    assert float((found.double() - exact).abs().max()) <= 2**-8


def test_a_gpu_that_is_deterministic_takes_the_products(monkeypatch):
    taken = []
    monkeypatch.setattr(torch, "are_deterministic_algorithms_enabled", lambda: False)
    monkeypatch.setattr(bilinear, "by_products", lambda images, size, corners: taken.append((size, corners)))
    images = torch.rand(1, 1, 4, 4)
    resized(images, (8, 8))
    monkeypatch.setattr(torch.Tensor, "is_cuda", True)
    resized(images, (8, 8), align_corners=True)
    assert taken == []  # torch is free in its choice
    monkeypatch.setattr(torch, "are_deterministic_algorithms_enabled", lambda: True)
    resized(images, (8, 8), align_corners=True)
    assert taken == [((8, 8), True)]


def test_a_scale_multiplies_both_sides():
    images = torch.rand(1, 2, 5, 7)
    expected = torch.nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)(images)
    assert torch.equal(Bilinear(scale=2, align_corners=True)(images), expected)


def test_there_are_fewer_kernels_than_in_the_decomposition():
    """What torch takes on a GPU under determinism, and what is taken here; forward and backward."""
    images, size = torch.rand(2, 16, 16, 15), (256, 240)
    kernel = torch.ops.aten.upsample_bilinear2d.vec
    theirs = get_decompositions([kernel])[kernel]
    by_products(images, size, False)  # its weights are made once
    counts = []
    for resize in (lambda x: theirs(x, list(size), False, None), lambda x: by_products(x, size, False)):
        leaf = images.clone().requires_grad_()
        with Counted() as counted:
            resize(leaf).sum().backward()
        counts.append(len(counted.names))
    assert counts[1] * 3 <= counts[0], counts

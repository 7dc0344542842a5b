"""Losses of a synthetic image on 4 x 4 pixels worked out by hand, and their gradients."""

import pytest
import torch

from segrepro.losses import build_loss, list_losses
from segrepro.losses.synthesis import discriminator_loss


class Mean(torch.nn.Module):
    """A context encoder whose feature is twice the image's mean."""

    def forward(self, images):
        return 2 * images.mean((2, 3))


class Doubling(torch.nn.Module):
    """A discriminator of two scales: the last channel, and twice that of its left half."""

    def forward(self, images):
        return [images[:, -1:], 2 * images[:, -1:, :, :2]]


# Off by 0.5 in the left half, where A is 2.
TARGET = torch.arange(16, dtype=torch.float64).view(1, 1, 4, 4) / 16
LEFT = torch.tensor([[1.0, 1, 0, 0]] * 4, dtype=torch.float64)
IMAGE = TARGET + 0.5 * LEFT
WEIGHTS = (1 + LEFT)[None]
CONDITION = torch.zeros(1, 3, 4, 4, dtype=torch.float64)
FAKE = (((IMAGE - 1) ** 2).mean() + ((2 * IMAGE[..., :2] - 1) ** 2).mean()).item() / 2
OPTIONS = {
    "w_l2_h1": {"context_encoder": Mean()},
    "w_l2_h2": {"context_encoder": Mean()},
    "lsgan": {"discriminator": Doubling()},
    "l2_lsgan": {"discriminator": Doubling()},
}
SYNTHESIS = {
    "l1": 0.25,
    "l2": 0.125,
    "w_l2": 0.5,
    "w_l2_h1": 0.5 + 1.2 * 0.5,
    "w_l2_h2": 0.5 + 1.2 * 0.25,
    "lsgan": FAKE,
    "l2_lsgan": FAKE + 100 * 0.125,
}


def synthesis_loss(name):
    loss = build_loss(name, **OPTIONS.get(name, {}))
    call = {"condition": CONDITION} if list_losses()[name].adversarial else {}
    return lambda image: loss(image, TARGET, WEIGHTS, **call)


@pytest.mark.parametrize("name", SYNTHESIS)
def test_synthesis_value_and_gradient(name):
    assert synthesis_loss(name)(IMAGE).item() == pytest.approx(SYNTHESIS[name], rel=1e-9)
    image = (IMAGE + 0.01).requires_grad_()
    assert torch.autograd.gradcheck(synthesis_loss(name), image)


@pytest.mark.parametrize("name", ["l1", "l2", "w_l2", "w_l2_h1", "w_l2_h2"])
def test_identical_images_cost_nothing(name):
    image = TARGET.clone().requires_grad_()
    value = synthesis_loss(name)(image)
    value.backward()
    assert value == 0
    assert not image.grad.any()


def test_weights_of_the_terms_are_options():
    loss = build_loss("w_l2_h1", context_encoder=Mean(), gamma=3)
    assert loss(IMAGE, TARGET).item() == pytest.approx(0.125 + 3 * 0.5)
    loss = build_loss("l2_lsgan", discriminator=Doubling(), l2_weight=2)
    assert loss(IMAGE, TARGET, condition=CONDITION).item() == pytest.approx(FAKE + 2 * 0.125)


def test_discriminator_loss_by_hand_and_without_gradient_to_the_generator():
    image = IMAGE.clone().requires_grad_()
    scale = torch.nn.Parameter(torch.ones((), dtype=torch.float64))

    def scaled(images):
        return [scale * scores for scores in Doubling()(images)]

    loss = discriminator_loss(image, TARGET, condition=CONDITION, discriminator=scaled)
    real = ((TARGET - 1) ** 2).mean() + ((2 * TARGET[..., :2] - 1) ** 2).mean()
    fake = (IMAGE**2).mean() + ((2 * IMAGE[..., :2]) ** 2).mean()
    assert loss.item() == pytest.approx(((real + fake) / 4).item())
    loss.backward()
    assert image.grad is None
    assert scale.grad.abs() > 0

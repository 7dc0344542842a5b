"""The context loss of Eq. 8: what it costs, and what is logged of it."""

import copy

import numpy as np
import pytest
import torch

from segrepro.training.tasks.context import GradientShares, Spread
from segrepro.training.tasks.synthesis import ImageLoss


def context_cost(image: torch.Tensor, target: torch.Tensor, **options) -> float:
    """gamma l_h of a fresh encoder in training."""
    torch.manual_seed(0)
    loss = ImageLoss("w_l2_h1", "xavier_uniform", **options)
    return (loss(image, target, None) - loss(image, target, None, gamma=0.0)).item()


def heads(seed: int, shift: int) -> torch.Tensor:
    """Five slices of a head with a bright disc, (5, 1, 64, 64) from 0 to 1."""
    y, x = np.mgrid[:64, :64]
    generator = np.random.default_rng(seed)
    head = 0.4 * ((y - 32) ** 2 + (x - 32) ** 2 < 28**2)
    disc = 0.6 * ((y - 32 - shift) ** 2 + (x - 32 - shift) ** 2 < 8**2)
    return torch.tensor(head + disc + 0.02 * generator.standard_normal((5, 1, 64, 64)), dtype=torch.float32)


@pytest.mark.parametrize(
    ("context_norm", "least", "most"), [("joint", 0.5, 99), ("none", 0.5, 99), ("separate", 0, 0.1)]
)
@pytest.mark.parametrize("frozen", [False, True])
def test_halved_contrast_costs_as_much_as_another_patient_unless_each_image_is_normalised_by_itself(
    context_norm, least, most, frozen
):
    real, other = heads(0, 10), heads(1, -10)
    options = {"context_norm": context_norm, "frozen": frozen}
    assert least < context_cost(real / 2, real, **options) / context_cost(other, real, **options) < most


@pytest.mark.parametrize("context_norm", ["joint", "separate", "none"])
def test_a_frozen_encoder_is_at_first_the_same_function_as_the_trained_one(context_norm):
    real, other = heads(0, 10), heads(1, -10)
    frozen, trained = (context_cost(other, real, context_norm=context_norm, frozen=frozen) for frozen in (True, False))
    assert frozen == trained > 0


def test_the_default_is_the_joint_pass():
    real, other = heads(0, 10), heads(1, -10)
    assert context_cost(other, real) == context_cost(other, real, context_norm="joint")


def test_the_spread_is_that_of_the_encoded_dwi(make, draw):
    task, batches = make("pseudo_dwi"), [draw(seed=1), draw(seed=2)]
    found = task.validate(batches, 2)["context_spread"]
    with torch.no_grad():
        vectors = [task.helper.context_encoder(torch.from_numpy(b.targets).float()).numpy() for b in batches]
    assert found == pytest.approx(np.concatenate(vectors).std(0).mean(), rel=1e-5)
    assert found > 0


def test_a_collapsed_encoder_has_no_spread(make, draw):
    task = make("synthesis")
    for parameter in task.helper.parameters():
        torch.nn.init.zeros_(parameter)
    spread = Spread(task)
    for seed in (1, 2):
        spread.add(None, draw(seed=seed))
    assert spread.result() == {"context_spread": 0.0}


def test_the_shares_of_the_gradients_are_their_norms_on_the_image(make, draw):
    task, batch = make("pseudo_dwi"), draw()
    task.set_training(False)
    with torch.no_grad():
        output = task.output(batch)
    before = copy.deepcopy(task.helper.state_dict())
    found = task.validate([batch], 2)
    assert all(torch.equal(value, before[name]) for name, value in task.helper.state_dict().items())
    target, weights = task.target_image(batch), task.weights(batch)
    norms = {}
    for name in ("pixels", "context", "segmentation"):
        image, loss = output.dwi.clone().requires_grad_(), copy.deepcopy(task.helper).train()
        if name == "pixels":
            value = (weights[:, None] * (image - target)).square().mean()
        elif name == "context":
            encoded = loss.context_encoder(torch.cat([image, target]))
            value = 1.2 * (encoded[:3] - encoded[3:]).abs().mean()
        else:
            logits = task.network.segmenter(image)
            value = task.loss(logits, torch.from_numpy(batch.labels)[:, None].float(), weights)
        value.backward()
        norms[name] = float(image.grad.norm())
    for name, norm in norms.items():
        assert found[f"gradient_share_{name}"] == pytest.approx(norm / sum(norms.values()), rel=1e-3)


def test_without_a_context_there_is_nothing_to_log(make, draw):
    assert not any("context" in name or "share" in name for name in make("synthesis", loss="l2").validate([draw()], 2))


def test_shares_of_no_gradient_are_0(make, draw):
    task, batch = make("synthesis"), draw()
    for parameter in task.helper.parameters():
        torch.nn.init.zeros_(parameter)
    shares, output = GradientShares(task), task.output(batch)._replace(dwi=task.target_image(batch))
    shares.add(output, batch)
    assert shares.result() == {"gradient_share_pixels": 0.0, "gradient_share_context": 0.0}

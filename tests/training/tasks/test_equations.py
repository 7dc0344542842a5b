"""The objectives of the tasks against loops over pixels written from the paper's equations."""

import math

import numpy as np
import pytest
import torch

W, D, GAMMA = 1.5, 50.0, 1.2


def slow_weights(label: np.ndarray) -> np.ndarray:
    """Eq. 9, every pixel against every lesion pixel of its slice."""
    weights = np.full(label.shape, 0.5)
    for n, y, x in np.ndindex(label.shape):
        lesion = np.argwhere(label[n])
        if label[n, y, x]:
            weights[n, y, x] = W
        elif len(lesion):
            e = math.exp(-min(math.hypot(y - a, x - b) for a, b in lesion) / D)
            weights[n, y, x] = 0.5 + e / (e + 1)
    return weights


def slow_pixel_loss(kind: str, image: np.ndarray, target: np.ndarray, weights: np.ndarray) -> float:
    """Eq. 7 as a mean over pixels, with and without A, and with the L1 norm."""
    total = 0.0
    for place in np.ndindex(image.shape):
        difference = float(image[place]) - float(target[place])
        total += abs(difference) if kind == "l1" else ((weights[place] if kind == "w_l2" else 1.0) * difference) ** 2
    return total / image.size


def slow_context_loss(encoder, image: torch.Tensor, target: torch.Tensor, power: int) -> float:
    """Eq. 8 as a mean over the entries, with the L1 norm or (h2) squares."""
    pairs = zip(encoder(image).flatten().tolist(), encoder(target).flatten().tolist(), strict=True)
    return float(np.mean([abs(a - b) ** power for a, b in pairs]))


def slow_synthesis_loss(name: str, task, image: torch.Tensor, batch) -> float:
    """Eq. 6 and the other rows of Table 1 without a discriminator."""
    target = torch.from_numpy(batch.targets).float()
    weights = slow_weights(batch.labels)
    value = slow_pixel_loss(name.split("_h")[0], image[:, 0].numpy(), target[:, 0].numpy(), weights)
    if "_h" in name:
        value += GAMMA * slow_context_loss(task.helper.context_encoder, image, target, int(name[-1]))
    return value


def slow_segmentation_loss(logits: np.ndarray, label: np.ndarray) -> float:
    """Eq. 11 with 12, 13 and 14; the one logit is that of the lesion, the other class has 0."""
    weights, p = slow_weights(label), 1 / (1 + np.exp(-logits.astype(float)))
    entropy, overlap, volume, count = 0.0, [0.0, 0.0], [0.0, 0.0], [0, 0]
    for place in np.ndindex(label.shape):
        probabilities, c = (1 - p[place], p[place]), int(label[place] > 0)
        entropy -= weights[place] * math.log(probabilities[c])
        overlap[c] += probabilities[c]
        count[c] += 1
        for k in (0, 1):
            volume[k] += (k == c) + probabilities[k]
    m = [1 / count[k] ** 2 for k in (0, 1)]
    dice_loss = 1 - 2 * sum(m[k] * overlap[k] for k in (0, 1)) / sum(m[k] * volume[k] for k in (0, 1))
    return entropy / weights.sum() - math.log(1 - dice_loss)


@torch.no_grad()
@pytest.mark.parametrize("beta", [1.0, 0.0])
@pytest.mark.parametrize("name", ["l1", "l2", "w_l2", "w_l2_h1", "w_l2_h2"])
def test_synthesis_is_eq_6_with_explicit_supervision(name, beta, make, draw):
    task, batch = make("synthesis", loss=name, beta=beta), draw()
    task.set_training(False)
    parts = task.output(batch)
    expected = slow_synthesis_loss(name, task, parts.dwi, batch)
    expected += beta * slow_synthesis_loss(name, task, parts.feature, batch)
    assert task.loss_of(parts, batch).item() == pytest.approx(expected, rel=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (1.0, 0.0), (0.5, 2.0)])
def test_end_to_end_is_eq_15(alpha, beta, make, draw):
    task, batch = make("pseudo_dwi", alpha=alpha, beta=beta), draw()
    task.set_training(False)
    parts = task.output(batch)
    expected = slow_segmentation_loss(parts.logits[:, 0].numpy(), batch.labels)
    expected += alpha * slow_synthesis_loss("w_l2_h1", task, parts.dwi, batch)
    expected += beta * slow_synthesis_loss("w_l2_h1", task, parts.feature, batch)
    assert task.loss_of(parts, batch).item() == pytest.approx(expected, rel=1e-5)


@torch.no_grad()
def test_the_segmentation_losses_get_the_weight_map_only_where_they_are_weighted(make, draw):
    task, batch = make("two_step"), draw()
    task.set_training(False)
    logits = task.output(batch)
    expected = slow_segmentation_loss(logits[:, 0].numpy(), batch.labels)
    assert task.loss_of(logits, batch).item() == pytest.approx(expected, rel=1e-5)
    plain = make("two_step", loss="ce_hgd")
    plain.set_training(False)
    plain.weights = None  # would fail if it were called
    assert plain.loss_of(logits, batch).item() != pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("loss", ["lsgan", "l2_lsgan"])
def test_adversarial_steps_are_the_least_squares_gan(loss, make, draw):
    """Discriminator first, then the generator against the new discriminator, by hand."""
    task, twin, batch = make("adversarial", loss=loss), make("adversarial", loss=loss), draw()
    value = task.train_step(batch)

    generator, judge = twin.network.train(), twin.helper.train()
    optimisers = [torch.optim.RMSprop(module.parameters(), lr=0.002) for module in (generator, judge)]
    images, target = (torch.from_numpy(array).float() for array in (batch.images, batch.targets))
    fake = generator(images)
    real_maps, fake_maps = (judge(torch.cat([images, x], 1)) for x in (target, fake.detach()))
    real = sum(((scores - 1) ** 2).mean() for scores in real_maps) / 3
    made = sum((scores**2).mean() for scores in fake_maps) / 3
    (0.5 * real + 0.5 * made).backward()
    optimisers[1].step()
    by_hand = sum(((scores - 1) ** 2).mean() for scores in judge(torch.cat([images, fake], 1))) / 3
    by_hand = by_hand + (100 * ((fake - target) ** 2).mean() if loss == "l2_lsgan" else 0)
    by_hand.backward()
    optimisers[0].step()

    assert value.item() == pytest.approx(by_hand.item(), rel=1e-5)
    for mine, other in ((task.network, generator), (task.helper, judge)):
        for (name, a), b in zip(mine.named_parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=2e-4, msg=name)

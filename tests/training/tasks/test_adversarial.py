"""Least-squares GANs: their steps, and what their recipe cannot have."""

import pytest
import torch

from segrepro.utils.errors import ConfigError
from tests.raised import raised


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


def test_an_adversarial_recipe_cannot_accumulate(make):
    with raised(ConfigError, found="micro_batch_size"):
        make("adversarial", changes={"micro_batch_size": 1})

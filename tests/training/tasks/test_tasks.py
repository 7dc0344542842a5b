"""What holds for every task: it learns, goes on bit by bit from a checkpoint, and validates without learning."""

import numpy as np
import pytest

from segrepro.training.tasks import check_task, check_task_option, list_tasks
from segrepro.utils.errors import ConfigError
from tests.training.tasks.variants import EACH


@EACH
def test_it_learns(name, options, make, draw):
    task, batch = make(name, **options), draw()
    before = task.validate([batch], 2)
    losses = [float(task.train_step(batch)) for _ in range(30)]
    if name == "adversarial":  # its loss depends on a discriminator that learns too
        assert task.validate([batch], 2)["psnr"] > before["psnr"] + 0.5
    else:
        assert np.mean(losses[-5:]) < 0.9 * losses[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("synthsis", "synthesis", "l1"), ["no task of that name", "Did you mean synthesis?"]),
        (("synthesis", "unet", "l1"), ["the network unet", "expected synthesis"]),
        (("synthesis", "synthesis", "lsgan"), ["the loss lsgan", "w_l2_h1"]),
        (("adversarial", "synthesis", "l2"), ["the loss l2", "l2_lsgan"]),
        (("pseudo_dwi", "pseudo_dwi", "w_l2"), ["the loss w_l2", "wce_hgd"]),
        (("pseudo_dwi", "pseudo_dwi", "wce_hdg"), ["Did you mean wce_hgd?"]),
    ],
)
def test_what_does_not_fit_is_one_line(arguments, words):
    with pytest.raises(ConfigError) as caught:
        check_task(*arguments)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_listed_options_are_those_of_the_classes(make):
    for name, info in list_tasks().items():
        for option in info.options:
            values = {"synthesis_loss": "w_l2_h2", "frozen_context_encoder": True, "context_norm": "separate"}
            value = values.get(option, 0.5)
            check_task_option(name, option, value)
            make(name, **{option: value})

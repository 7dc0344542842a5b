"""Losses with and without a weight map; Dice over whole cases."""

import numpy as np
import pytest
import torch

from segrepro.training.tasks.base import parts_of
from segrepro.utils.errors import DataError
from tests.raised import raised
from tests.training.tasks.equations import slow_segmentation_loss


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


def test_a_validation_part_without_lesion_is_one_clear_line(make, draw):
    batch = draw()
    empty = batch._replace(labels=np.zeros_like(batch.labels))
    with raised(DataError, found="no slice with a lesion"):
        make("synthesis").validate([empty], 2)


@pytest.mark.parametrize("name", ["segmentation", "pseudo_dwi", "two_step"])
def test_dice_is_counted_over_whole_cases(name, make, draw):
    task, batch = make(name), draw(seed=3, n=5)
    task.train_step(batch)
    found = task.validate(parts_of(batch, 2), 2)["dice"]
    with torch.no_grad():
        predicted = task.network(torch.from_numpy(batch.images).float())[:, 0].numpy() > 0
    dice = []
    for case in (0, 1):
        mine, theirs = predicted[batch.cases == case], batch.labels[batch.cases == case] > 0
        dice.append(2 * (mine & theirs).sum() / (mine.sum() + theirs.sum()))
    assert found == pytest.approx(np.mean(dice))

"""Eq. 15 end to end."""

import pytest
import torch

from tests.training.tasks.equations import slow_segmentation_loss, slow_synthesis_loss


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

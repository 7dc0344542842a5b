"""Several outputs are one loss; the first weighs most, and all are of the labels' size."""

import pytest
import torch

from segrepro.losses import build_loss
from segrepro.training.tasks.deep_supervision import supervised
from segrepro.training.tasks.segmentation import segmentation_loss
from tests.training.tasks.conftest import SIZE


def test_each_output_weighs_half_of_the_one_before():
    losses = iter([1.0, 10.0, 100.0])
    outputs = [torch.zeros(1, 2, size, size) for size in (8, 4, 2)]
    shapes = []

    def loss(logits):
        shapes.append(tuple(logits.shape))
        return torch.tensor(next(losses))

    assert supervised(outputs, loss).item() == pytest.approx((1 + 10 / 2 + 100 / 4) / 1.75)
    assert shapes == [(1, 2, 8, 8)] * 3


def test_a_task_trains_by_it(draw):
    class Task:
        loss, weighted, device = staticmethod(build_loss("ce")), False, torch.device("cpu")

    batch = draw()
    full = torch.randn(3, 2, SIZE, SIZE)
    small = torch.zeros(3, 2, SIZE // 4, SIZE // 4, requires_grad=True)
    found = segmentation_loss(Task, [full, small], batch)
    alone = segmentation_loss(Task, full, batch)
    assert found.item() == pytest.approx((alone.item() + torch.log(torch.tensor(2.0)).item() / 2) / 1.5, abs=1e-6)
    found.backward()
    assert small.grad.abs().sum() > 0

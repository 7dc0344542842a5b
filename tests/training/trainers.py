"""A network that learns a line, and its trainer."""

import numpy as np
import torch

from segrepro.training.recipe import Recipe
from segrepro.training.slices import Slices
from segrepro.training.tasks.base import Task
from segrepro.training.trainer import Trainer


class Line(Task):
    """A network of one number, whose loss or output turns bad at a step or in a validation."""

    def __init__(self, recipe, bad="", at=0, value=float("inf")):
        super().__init__(torch.nn.Conv2d(1, 1, 1), recipe, torch.device("cpu"))
        self.bad, self.at, self.value, self.calls = bad, at, value, 0

    def output(self, batch):
        return self.tensor(batch.images) * (self.value if self.bad == "output" else 1.0)

    def loss_of(self, output, batch):
        self.calls += 1
        loss = self.network(self.tensor(batch.images)).mean()
        if self.bad == "weights" and self.calls == self.at:
            with torch.no_grad():
                self.network.weight.fill_(self.value)
            return loss.detach().requires_grad_()
        return loss * self.value if self.bad == "loss" and self.calls == self.at else loss

    def scorers(self, case_count):
        return []


def trainer_of(folder, **bad):
    slices = Slices([[np.ones((4, 2, 2), np.float16)]], [np.zeros((4, 2, 2), np.uint8)])
    recipe = Recipe(optimiser={"name": "sgd", "lr": 0.01}, epochs=3, batch_size=2)
    return Trainer(Line(recipe, **bad), slices, slices, recipe, 0, folder / "checkpoint", "hash")


class Still(Line):
    """Its loss is the same in every validation, while a regulariser draws its weight to 0."""

    def loss_of(self, output, batch):
        return (0 * self.network(self.tensor(batch.images))).mean() + 1


def still_trainer(folder, recipe):
    """A trainer by this recipe of a network that never gets better."""
    slices = Slices([[np.ones((2, 2, 2), np.float16)]], [np.zeros((2, 2, 2), np.uint8)])
    task = Still(recipe)
    task.network.weight.data.fill_(1.0)
    return Trainer(task, slices, slices, recipe, 0, folder / "checkpoint", "hash")

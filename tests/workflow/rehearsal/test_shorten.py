"""A shortened recipe crosses every change of the long one and keeps its batch."""

import torch

from segrepro.training.optimisation import Optimisation
from segrepro.training.recipe import Recipe
from segrepro.workflow.config.load import load_study
from segrepro.workflow.rehearsal.shorten import shortened


def rates(recipe: Recipe) -> list[float]:
    """The learning rate of each step, under losses that fall all the time."""
    optimisation = Optimisation(torch.nn.Conv2d(1, 1, 1), recipe, torch.device("cpu"))
    found = []
    for epoch in range(recipe.length(1)[0]):
        found.append(optimisation.lr)
        optimisation.optimiser.step()
        optimisation.end_round(1.0 - 0.1 * epoch)
    return found


def test_the_two_phases_of_wmh_are_both_entered():
    recipe = load_study("wmh", "paper").resolved["fcn"].recipe
    assert rates(shortened(recipe)) == [1e-8, 1e-9, 1e-9]


def test_a_plateau_lowers_the_rate_though_the_loss_falls():
    recipe = load_study("xnet", "paper").resolved["xnet"].recipe
    assert torch.allclose(torch.tensor(rates(shortened(recipe))), torch.tensor([1e-3, 1e-3, 2e-4]))


def test_steps_of_many_epochs_become_steps_of_one():
    recipe = load_study("hlenet", "paper").resolved["hlenet"].recipe
    assert torch.allclose(torch.tensor(rates(shortened(recipe))), torch.tensor([1e-4, 1e-5, 1e-6]))


def test_what_a_step_costs_stays():
    recipe = load_study("wmh", "paper").resolved["fcn"].recipe
    short = shortened(recipe)
    assert (short.batch_size, short.optimiser, short.augmentation) == (20, recipe.optimiser, recipe.augmentation)
    assert shortened(recipe, 5).micro_batch_size == 5

"""Weight decay and the regulariser."""

import pytest
import torch

from segrepro.networks import build_network
from segrepro.networks.initialise import initialise
from segrepro.training.optimisation import Optimisation
from segrepro.training.recipe import Recipe
from segrepro.workflow.config.load import load_study


def test_weight_decay_is_the_gradient_of_the_summed_squares():
    network = torch.nn.Conv2d(1, 1, 3)
    recipe = Recipe(optimiser={"name": "sgd", "lr": 1.0}, epochs=1, batch_size=1, l2_convolutions=0.1)
    before = network.weight.detach().clone()
    Optimisation(network, recipe, torch.device("cpu")).minimise(0 * network.weight.sum() + 0 * network.bias.sum())
    assert torch.allclose(network.weight, before - 0.2 * before)


def test_the_regulariser_of_x_net_is_0_46_at_the_start_as_the_released_code_has_it():
    study = load_study("xnet", "paper")
    recipe = study.resolved["xnet"].under("published").recipe
    torch.manual_seed(0)
    network = initialise(build_network("xnet", 1, 1), recipe.initialisation)
    expected = 1e-5 * sum(p.detach().double().square().sum() for p in network.parameters() if p.ndim == 4)
    found = Optimisation(network, recipe, torch.device("cpu")).l2_term()
    assert found == pytest.approx(float(expected), rel=1e-4)
    assert round(found, 2) == 0.46
    assert (recipe.monitor, study.resolved["xnet"].recipe.monitor) == ("loss_with_l2", "loss")

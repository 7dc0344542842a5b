"""Weight decay."""

import torch

from segrepro.training.recipe import Recipe


def test_weight_decay_is_the_gradient_of_the_summed_squares():
    from segrepro.training.optimisation import Optimisation

    network = torch.nn.Conv2d(1, 1, 3)
    recipe = Recipe(optimiser={"name": "sgd", "lr": 1.0}, epochs=1, batch_size=1, l2_convolutions=0.1)
    before = network.weight.detach().clone()
    Optimisation(network, recipe, torch.device("cpu")).minimise(0 * network.weight.sum() + 0 * network.bias.sum())
    assert torch.allclose(network.weight, before - 0.2 * before)

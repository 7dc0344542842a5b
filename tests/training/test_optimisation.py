"""Weight decay, the regulariser, and optimisers of one kernel."""

from copy import deepcopy

import pytest
import torch

from segrepro.networks import build_network
from segrepro.networks.initialise import initialise
from segrepro.training import optimisation
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


def stepped(optimiser: dict, fused: bool, monkeypatch, state: dict | None = None) -> tuple[list[torch.Tensor], dict]:
    """The weights of a small network and its optimisation after three steps."""
    made = optimisation._optimiser
    monkeypatch.setattr(optimisation, "_optimiser", lambda parameters, recipe, **_: made(parameters, recipe, fused))
    torch.manual_seed(0)
    network, images = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.Conv2d(3, 1, 3)), torch.rand(2, 1, 8, 8)
    recipe = Recipe(optimiser=optimiser, epochs=1, batch_size=1, l2_convolutions=0 if "w" in optimiser["name"] else 0.1)
    optimised = Optimisation(network, recipe, torch.device("cpu"))
    if state:
        optimised.load_state_dict(deepcopy(state))
    for _ in range(3):
        optimised.minimise((network(images) ** 2).mean())
    monkeypatch.undo()
    return [p.detach().clone() for p in network.parameters()], optimised.state_dict()


@pytest.mark.parametrize(
    "optimiser", [{"name": "adam"}, {"name": "adamw", "weight_decay": 0.1}, {"name": "sgd", "momentum": 0.9}]
)
def test_one_kernel_for_all_parameters_steps_where_many_do_and_goes_on_where_they_stopped(optimiser, monkeypatch):
    """As on a GPU, here on the CPU, whose own steps stay those of one kernel a parameter."""
    optimiser |= {"lr": 0.01}
    many, state = stepped(optimiser, False, monkeypatch)
    one, _ = stepped(optimiser, True, monkeypatch)
    for a, b in zip(many, one, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)
    further, _ = stepped(optimiser, False, monkeypatch, state)
    across, found = stepped(optimiser, True, monkeypatch, state)
    for a, b in zip(further, across, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)
    assert [group["fused"] for group in found["optimiser"]["param_groups"]] == [True, True]
    assert [group["fused"] for group in state["optimiser"]["param_groups"]] == [None, None]

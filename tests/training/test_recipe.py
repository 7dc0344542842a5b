"""Phases, schedules and weight decay by hand."""

import pytest
import torch

from segrepro.training.optimisation import Optimisation
from segrepro.training.recipe import Recipe
from segrepro.utils.errors import ConfigError
from tests.raised import raised

CPU = torch.device("cpu")
SGD = {"name": "sgd", "lr": 1.0, "momentum": 0.5}
PHASES = [
    {"length": 20, "lr": 0.1, "momentum": 0.99, "trainable": ["head"]},
    {"length": 10, "lr": 0.01, "trainable": None},
]


def recipe(**changes) -> Recipe:
    settings = {"optimiser": SGD, "iterations": 30, "validate_every": 10, "batch_size": 1, "phases": PHASES}
    return Recipe.model_validate(settings | changes)


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.ModuleDict({"features": torch.nn.Linear(2, 2), "head": torch.nn.Linear(2, 1)})


def loss_of(net) -> torch.Tensor:
    return net["head"](net["features"](torch.ones(1, 2))).sum()


def state_of(optimisation, net) -> tuple:
    group = optimisation.optimiser.param_groups[0]
    return group["lr"], group["momentum"], net["features"].weight.requires_grad, net["head"].weight.requires_grad


def test_phases_set_rate_momentum_and_what_learns():
    net = network()
    optimisation, seen = Optimisation(net, recipe(), CPU), []
    for _ in range(3):
        seen.append(state_of(optimisation, net))
        before = net["features"].weight.detach().clone()
        optimisation.minimise(loss_of(net))
        seen[-1] += (torch.equal(before, net["features"].weight),)
        optimisation.end_round(0.0)
    assert seen == [(0.1, 0.99, False, True, True)] * 2 + [(0.01, 0.5, True, True, False)]


def test_a_phase_is_restored_with_the_rest():
    net, other = network(), network()
    first, second = Optimisation(net, recipe(), CPU), Optimisation(other, recipe(), CPU)
    for _ in range(2):
        first.minimise(loss_of(net))
        first.end_round(0.0)
    second.load_state_dict(first.state_dict())
    assert state_of(second, other) == state_of(first, net) == (0.01, 0.5, True, True)


def test_what_was_frozen_before_stays_frozen_in_every_phase():
    net = network()
    net["features"].bias.requires_grad_(False)
    optimisation = Optimisation(net, recipe(), CPU)
    for _ in range(2):
        optimisation.end_round(0.0)
    assert net["features"].weight.requires_grad
    assert not net["features"].bias.requires_grad


def test_a_part_that_is_not_there_is_one_line():
    phases = [PHASES[0] | {"trainable": ["haed"]}, PHASES[1]]
    with raised(ConfigError, found="'haed'", remedy="Did you mean head"):
        Optimisation(network(), recipe(phases=phases), CPU)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iterations": 40}, "phases of 30 in all"),
        ({"validate_every": 15}, "ends inside an epoch"),
        ({"schedule": {"name": "step", "every": 2}}, "phases and the schedule step"),
    ],
)
def test_phases_that_do_not_fit_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        recipe(**changes)


def test_phases_may_be_counted_in_epochs():
    net, settings = network(), {"iterations": None, "validate_every": None, "epochs": 30}
    optimisation, rates = Optimisation(net, recipe(**settings), CPU), []
    for _ in range(30):
        rates.append(optimisation.lr)
        optimisation.end_round(0.0)
    assert rates == [0.1] * 20 + [0.01] * 10


def test_the_paper_of_pseudo_dwi_lowers_its_rate_once():
    schedule = {"name": "step", "every": 180, "factor": 0.2}
    settings = recipe(optimiser={"name": "rmsprop", "lr": 0.002}, phases=[], schedule=schedule)
    net, rates = network(), []
    optimisation = Optimisation(net, settings, CPU)
    optimisation.minimise(loss_of(net))
    for _ in range(300):
        rates.append(optimisation.lr)
        optimisation.end_round(0.0)
    assert rates == [0.002] * 180 + [pytest.approx(0.0004)] * 120


def test_weight_decay_is_added_to_the_gradient_of_every_parameter():
    net = network()
    settings = recipe(optimiser=SGD | {"momentum": 0, "weight_decay": 0.1}, phases=[])
    before = [p.detach().clone() for p in net.parameters()]
    Optimisation(net, settings, CPU).minimise(0 * sum(p.sum() for p in net.parameters()))
    for p, old in zip(net.parameters(), before, strict=True):
        torch.testing.assert_close(p.detach(), 0.9 * old)


def test_losses_are_summed_and_their_gradients_too():
    one, other = network(), network()
    settings = recipe(phases=[])
    total = Optimisation(one, settings, CPU).minimise_sum(share * loss_of(one) for share in (0.25, 0.75))
    assert total.item() == pytest.approx(Optimisation(other, settings, CPU).minimise(loss_of(other)).item())
    assert not total.requires_grad
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_the_monitored_score_is_lower_when_better():
    scores = {"loss": 0.3, "dice": 0.8, "local_ssim": 0.5}
    values = {name: recipe(monitor=name).badness(scores) for name in scores}
    assert values == {"loss": 0.3, "dice": -0.8, "local_ssim": -0.5}

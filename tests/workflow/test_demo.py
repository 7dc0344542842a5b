"""What of a training the demo exercises: a plateau that lowers the rate, an early end, the protocol `published`."""

import pytest

from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.training.trainers import still_trainer


@pytest.fixture(scope="module")
def runs():
    """The runs of `config.yaml` as it is given out."""
    return list(make_plan(load_config({})).all_runs.values())


def test_the_demo_runs_both_protocols_of_a_study(runs):
    assert {run.protocol for run in runs if run.study == "scse"} == {"clean", "published"}


def test_xnets_networks_have_a_recipe_that_lowers_the_rate_on_a_plateau_and_ends_early(runs, tmp_path):
    trained = [run for run in runs if run.study == "xnet" and run.experiment != "threshold"]
    (recipe,) = {run.resolved.recipe.model_dump_json(): run.resolved.recipe for run in trained}.values()
    history = still_trainer(tmp_path, recipe).run().history
    assert history[-1]["lr"] == pytest.approx(recipe.optimiser.lr * recipe.schedule.factor)
    assert len(history) == 1 + recipe.early_stopping < recipe.epochs

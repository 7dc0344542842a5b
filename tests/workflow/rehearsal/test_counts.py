"""What there is to do at paper scale: numbers of the releases and the papers."""

import pytest

from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.rehearsal.counts import counts_of


@pytest.fixture(scope="module")
def runs():
    """The first run of each experiment at paper scale."""
    plan = make_plan(load_config({"scale": "paper", "experiments": "all"}))
    return {(run.study, run.experiment): run for run in reversed(plan.all_runs.values())}


@pytest.mark.parametrize(
    ("study", "experiment", "train", "validation", "steps"),
    [
        ("xnet", "xnet", 229 * 189 * 0.64, 229 * 189 * 0.16, 100 * 3463),
        ("hlenet", "hlenet", 2000, 150, 60 * 334),
        ("wmh", "fcn", None, None, 150_000),
    ],
)
def test_slices_and_steps_follow_from_release_and_recipe(runs, study, experiment, train, validation, steps):
    found = counts_of(runs[study, experiment], slices_a_case=1)
    assert found.steps == steps
    if train is not None:
        assert (found.train, found.validation) == pytest.approx((train, validation))


def test_the_spleen_has_the_slices_that_are_kept(runs):
    found = counts_of(runs["hlenet", "hlenet_spleen"], slices_a_case=1)
    assert (found.train, found.validation, found.steps) == (882, 135, 60 * 147)

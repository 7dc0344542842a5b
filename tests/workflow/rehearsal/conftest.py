"""X-Net at paper scale, and what a rehearsal of it might measure."""

import pytest

from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.rehearsal.rehearsed import Preparing, Rehearsed, costs_key


@pytest.fixture(scope="module")
def plan():
    """X-Net alone at paper scale: three seeds of five folds."""
    return make_plan(load_config({"scale": "paper", "studies": "xnet", "experiments": ["xnet"], "protocols": "clean"}))


@pytest.fixture
def one(plan) -> Rehearsed:
    """A second a step, a hundredth a validated slice, 2 and 1 seconds a case."""
    (run, *_) = plan.runs["xnet"]
    return Rehearsed(
        study="xnet",
        experiment="xnet",
        key=costs_key(plan.run_settings(run.key, 0)),
        device="cpu",
        micro_batch_size=None,
        steps=3,
        resumed_at=1,
        step_seconds=1.0,
        validation_seconds=0.01,
        train_mb=4000,
        gpu_mb=None,
        predict_seconds=2.0,
        predict_mb=900,
        score_seconds=1.0,
        score_mb=150,
        checkpoint_bytes=200_000_000,
        model_bytes=100_000_000,
        prediction_bytes=1_000_000,
        seconds=60.0,
        load=0.5,
        preparing=Preparing(seconds=0.5, bytes=25_000_000, slices=189, peak_mb=200),
    )

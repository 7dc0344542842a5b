"""From seconds a step to hours, memory and disk, and what will not fit."""

import pytest

from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.rehearsal.forecast import Total, advice, forecast, report, total, training_seconds


def test_hours_are_those_of_all_seeds_and_folds(plan, one):
    (found,) = forecast(plan, [one])
    (run, *_) = plan.runs["xnet"]
    training = 346_300 * 1.0 + 100 * 229 * 189 * 0.16 * 0.01
    assert training_seconds(run, one) == pytest.approx(training)
    assert found.trainings == 15
    assert found.training_hours == pytest.approx(training / 3600)
    assert found.hours == pytest.approx(15 * (training + 229 / 5 * 3) / 3600)
    assert found.disk_gb == pytest.approx(15 * (0.5 + 229 / 5 * 0.001))


def test_a_shared_training_takes_the_hours_of_its_predictions(plan, one):
    config = {"scale": "paper", "studies": "xnet", "experiments": ["xnet"], "protocols": "clean"}
    (found,) = forecast(make_plan(load_config(config | {"choices": "weights"})), [one])
    (alone,) = forecast(plan, [one])
    assert (found.trainings, found.training_hours) == (alone.trainings, alone.training_hours)
    assert found.hours == pytest.approx(alone.hours + 15 * 229 / 5 * 3 / 3600)


def test_shared_arrays_are_counted_once(plan, one, tmp_path):
    whole = total(plan, [one], forecast(plan, [one]), tmp_path)
    assert whole.disk_gb == pytest.approx(229 * 0.025 + 15 * (0.5 + 229 / 5 * 0.001))
    assert whole.memory_mb == 4000
    assert whole.preparation_hours == pytest.approx(229 * 0.5 / 3600)


def test_what_does_not_fit_is_said_with_what_to_change(plan, one):
    small = Total(
        device="cpu", hours=1, preparation_hours=0, disk_gb=50, memory_mb=4000, free_gb=40, machine_mb=6000, load=0.5
    )
    lines = advice(forecast(plan, [one.model_copy(update={"micro_batch_size": 2})]), small)
    assert len(lines) == 3
    assert "work" in lines[0]
    assert "micro_batch_size: 2" in lines[1]
    assert "mem_mb=6000" in lines[2]
    roomy = small.model_copy(update={"free_gb": 500, "machine_mb": 64_000})
    assert advice(forecast(plan, [one]), roomy) == []
    (line,) = advice(forecast(plan, [one]), roomy.model_copy(update={"load": 1000.0}))
    assert "load 1000" in line


def test_the_report_has_a_row_an_experiment_and_says_what_failed(plan, one, tmp_path):
    forecasts = forecast(plan, [one])
    text = report(forecasts, total(plan, [one], forecasts, tmp_path), {"xnet/unet": "out of memory"})
    assert "| xnet xnet | 15 | 346,300 | 1 |" in text
    assert "xnet/unet failed: out of memory" in text

"""Runs that differ in their seed alone are one method."""

import numpy as np
import pandas as pd
import pytest

from segrepro.evaluation.statistics import differences, judged
from segrepro.report.spec import ReportedRun
from segrepro.report.tables.seeds import first_runs, scores_by_method
from tests.report.tables.example import build, scores_of

RUNS = [
    ReportedRun(name=name, experiment=experiment, protocol=protocol, seed=seed)
    for name, experiment, protocol, seed in (
        ("xnet", "xnet", "clean", 0),
        ("xnet-seed1", "xnet", "clean", 1),
        ("xnet-published", "xnet", "published", 0),
        ("unet", "unet", "clean", 0),
    )
]


def test_a_method_is_called_after_its_first_run():
    assert [run.name for run in first_runs(RUNS)] == ["xnet", "xnet-published", "unet"]


def test_its_scores_are_those_of_all_seeds():
    scores = {run.name: pd.DataFrame({"case": ["a"], "dice": [index]}) for index, run in enumerate(RUNS)}
    found = scores_by_method(RUNS, scores)
    assert found["xnet"][["seed", "dice"]].values.tolist() == [[0, 0], [1, 1]]
    assert found["unet"]["dice"].tolist() == [3]


def test_a_run_under_another_option_is_another_method():
    variant = ReportedRun(name="unet-a-b", experiment="unet", protocol="clean", choices={"a": "b"})
    assert [run.name for run in first_runs([*RUNS, variant])] == ["xnet", "xnet-published", "unet", "unet-a-b"]
    scores = {run.name: pd.DataFrame({"dice": [index]}) for index, run in enumerate([*RUNS, variant])}
    assert scores_by_method([*RUNS, variant], scores)["unet"]["dice"].tolist() == [3]


def test_what_is_not_trained_is_not_trained_once():
    """A threshold beside three seeds: over patients and the network's seeds, reckoned by hand; a star, no dagger."""
    rng = np.random.default_rng(0)
    names = ["xnet", "xnet-seed1", "xnet-seed2", "threshold"]
    runs = [
        ReportedRun(name=name, experiment="xnet", protocol="clean", seed=seed) for seed, name in enumerate(names[:3])
    ]
    threshold = ReportedRun(name="threshold", experiment="threshold", protocol="clean", trained=False)
    dice = {name: rng.normal(0.6 - 0.3 * (name == "threshold"), 0.1, 12) for name in names}
    scores = {name: pd.DataFrame({"case": range(12), "patient": range(12), "dice": dice[name]}) for name in names}
    frames = scores_by_method([*runs, threshold], scores)
    [found] = differences(frames, "xnet", ["dice"])
    network = np.array([dice[name] for name in names[:3]])
    gains = dice["threshold"] - network.mean(axis=0)
    from_seeds = network.mean(axis=1).var(ddof=1) / 3
    assert found.estimate.value == pytest.approx(gains.mean())
    assert found.estimate.standard_error == pytest.approx((gains.var(ddof=1) / 12 + from_seeds) ** 0.5)
    [result] = judged([found])
    assert (result.seeds, result.mark) == (3, "*")
    as_if_trained = scores_by_method([*runs, threshold.model_copy(update={"trained": True})], scores)
    assert judged(differences(as_if_trained, "xnet", ["dice"]))[0].mark == "†"


def test_a_table_says_how_unlike_the_variances_are_that_its_rows_share(tmp_path):
    """Two rows whose means from two seeds are 0.01 and 0.03 apart: variances as 1 to 9."""
    rng = np.random.default_rng(0)
    base = rng.uniform(0.4, 0.6, 10)
    runs = [
        {"name": f"{name}-{seed}", "experiment": name, "protocol": "clean", "seed": seed}
        for name in ("ours", "other")
        for seed in (0, 1)
    ]
    gaps = {"ours": 0.01, "other": 0.03}
    frames = {run["name"]: scores_of(run["experiment"], base + gaps[run["experiment"]] * run["seed"]) for run in runs}
    table, _ = build(tmp_path, frames=frames, runs=runs)
    assert table["seed_variance_ratios"]["dice"] == pytest.approx(9)
    for ending in ("md", "html", "tex"):
        assert "many times the smallest" in (tmp_path / f"out/t.{ending}").read_text().replace("&#x27;", "'")

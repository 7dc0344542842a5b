"""Runs that differ in their seed alone are one method."""

import pandas as pd

from segrepro.report.spec import ReportedRun
from segrepro.report.tables.seeds import first_runs, scores_by_method

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

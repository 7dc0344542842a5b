"""Which runs of a table are compared, and how often."""

import numpy as np
import pytest

from segrepro.evaluation.bootstrap import holm
from segrepro.evaluation.statistics import compare_methods
from tests.report.tables.example import SPEC, build, row_of, scores_of


def test_p_values_are_corrected_once_over_all_groups_and_protocols_of_a_table(tmp_path):
    rng = np.random.default_rng(3)
    runs = [
        {"name": f"{name}{ending}", "experiment": name, "protocol": protocol}
        for protocol, ending in (("clean", ""), ("published", "-published"))
        for name in ("ours", "other")
    ]
    frames = {run["name"]: scores_of(run["experiment"], rng.uniform(0.5, 0.9, 20)) for run in runs}
    spec = SPEC | {"groups": {site: {"site": site, "ml": None} for site in "AB"}}
    table, _ = build(tmp_path, spec, frames=frames, runs=runs)
    expected, found = [], []
    for ending in ("", "-published"):
        for site in "AB":
            pair = {name: frames[f"{name}{ending}"] for name in ("ours", "other")}
            pair = {name: frame[frame["site"] == site] for name, frame in pair.items()}
            tests = compare_methods(pair, "ours", ["dice", "hd_mm"])
            expected += [test.p for test in tests]
    for row in table["rows"]:
        found += [cell["p_corrected"] for cell in row["cells"].values() if "p_corrected" in cell]
    assert found == pytest.approx(holm(expected))


def test_a_run_on_other_cases_is_not_compared(tmp_path):
    frames = {"ours": scores_of("ours", [0.5, 0.6, 0.7]), "other": scores_of("other", [0.5, 0.6])}
    table, _ = build(tmp_path, frames=frames)
    assert "p_corrected" not in row_of(table, "Other")["cells"]["dice"]

"""Which runs of a table are compared, and how often."""

import numpy as np
import pytest

from segrepro.evaluation.statistics import differences, judged
from tests.report.tables.example import SPEC, build, row_of, scores_of


def test_a_table_is_one_family_over_its_groups_and_protocols(tmp_path):
    rng = np.random.default_rng(3)
    runs = [
        {"name": f"{name}{ending}", "experiment": name, "protocol": protocol}
        for protocol, ending in (("clean", ""), ("published", "-published"))
        for name in ("ours", "other")
    ]
    frames = {run["name"]: scores_of(run["experiment"], rng.uniform(0.5, 0.9, 20)) for run in runs}
    spec = SPEC | {"groups": {site: {"site": site, "ml": None} for site in "AB"}}
    table, _ = build(tmp_path, spec, frames=frames, runs=runs)
    expected = []
    for ending in ("", "-published"):
        for site in "AB":
            pair = {name: frames[f"{name}{ending}"] for name in ("ours", "other")}
            pair = {name: frame[frame["site"] == site] for name, frame in pair.items()}
            expected += differences(pair, "ours", ["dice", "hd_mm"])
    found = [cell["p"] for row in table["rows"] for cell in row["cells"].values() if "p" in cell]
    assert found == pytest.approx([one.p for one in judged(expected)])


def test_a_run_on_other_cases_is_not_compared(tmp_path):
    frames = {"ours": scores_of("ours", [0.5, 0.6, 0.7]), "other": scores_of("other", [0.5, 0.6])}
    table, _ = build(tmp_path, frames=frames)
    assert "p" not in row_of(table, "Other")["cells"]["dice"]

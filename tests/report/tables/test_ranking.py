"""Ranks of a table's rows: from four rows on, in every format."""

import numpy as np
import pytest

from tests.report.tables.example import SPEC, build, scores_of, view_of

ROWS = [
    {"label": name.title(), "experiment": name, "published_as": None} for name in ("ours", "second", "third", "last")
]
RUNS = [{"name": row["experiment"], "experiment": row["experiment"], "protocol": "clean"} for row in ROWS]


def frames(means, patients=20):
    rng = np.random.default_rng(0)
    base = rng.uniform(0.4, 0.6, patients)
    noise = rng.normal(0, 0.02, (len(means), patients))
    return {name: scores_of(name, base + mean + one) for (name, mean), one in zip(means.items(), noise)}


def test_a_table_of_four_rows_has_ranks_in_every_format(tmp_path):
    means = {"ours": 0.2, "second": 0.2, "third": 0.0, "last": -0.2}
    table, _ = build(tmp_path, SPEC | {"rows": ROWS}, frames=frames(means), runs=RUNS)
    [ranking] = table["rankings"]
    assert [row["label"] for row in ranking["rows"]][2:] == ["Third", "Last"]
    assert [(row["low"], row["high"]) for row in ranking["rows"]][2:] == [(3, 3), (4, 4)]
    assert [row["may_be_best"] for row in ranking["rows"]] == [True, True, False, False]
    assert sum(row["first"] for row in ranking["rows"]) == pytest.approx(1)
    for ending in ("md", "html", "tex"):
        text = (tmp_path / f"out/t.{ending}").read_text()
        assert "Not shown worse than the best: " in text
        assert "Last 4 [4, 4], first in 0.00" in text
    assert (tmp_path / "out/t_ranks.svg").is_file()
    assert view_of(table).rankings[0].startswith("Ranks by Dice [95 % interval]")


@pytest.mark.parametrize(
    ("names", "patients"), [(("ours", "second", "third"), 20), (("ours", "second", "third", "last"), 5)]
)
def test_three_rows_or_five_patients_have_none(tmp_path, names, patients):
    runs = [run for run in RUNS if run["name"] in names]
    table, _ = build(tmp_path, SPEC | {"rows": ROWS}, frames=frames(dict.fromkeys(names, 0.1), patients), runs=runs)
    assert table["rankings"] == []
    assert not (tmp_path / "out/t_ranks.svg").exists()


def test_who_leaves_out_what_is_hard_does_not_lead_by_it(tmp_path):
    """Second is a little worse than Ours wherever both are defined, and undefined in the five worst cases."""
    rng = np.random.default_rng(0)
    base = np.sort(rng.uniform(0.2, 0.9, 20))
    dice = {"ours": base, "second": base - 0.01 + rng.normal(0, 0.001, 20), "third": base - 0.2, "last": base - 0.3}
    dice["second"][:5] = np.nan
    assert np.nanmean(dice["second"]) > dice["ours"].mean()
    found = {name: scores_of(name, values) for name, values in dice.items()}
    table, _ = build(tmp_path, SPEC | {"rows": ROWS}, frames=found, runs=RUNS)
    [ranking] = table["rankings"]
    assert [(row["label"], row["may_be_best"]) for row in ranking["rows"]][:2] == [("Ours", True), ("Second", False)]

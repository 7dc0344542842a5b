"""What a change makes of a measure, over pairs of rows."""

import numpy as np
import pytest

from tests.report.tables.example import SPEC, build, scores_of

NAMES = ("plain", "last", "slices", "both")
RUNS = [{"name": name, "experiment": name, "protocol": "clean"} for name in NAMES]
ROWS = [{"label": name, "experiment": name, "published_as": None} for name in NAMES]
CHANGES = {
    "slices divided": [["slices", "plain"], ["both", "last"]],
    "last weights": [["last", "plain"], ["both", "slices"]],
}
TWO_BY_TWO = SPEC | {"proposed": "plain", "rows": ROWS, "effects": CHANGES}


def test_two_changes_are_told_apart(tmp_path):
    """The division adds 0.1 with either weights; the weights add 0.02 to one division and 0.04 to the other."""
    dice = np.random.default_rng(1).uniform(0.4, 0.7, 20)
    added = {"plain": 0, "last": 0.02, "slices": 0.1, "both": 0.14}
    frames = {name: scores_of(name, dice + more) for name, more in added.items()}
    table, _ = build(tmp_path, TWO_BY_TWO, frames=frames, runs=RUNS)
    found = {one["name"]: one for one in table["effects"] if one["metric"] == "dice"}
    assert {name: one["difference"] for name, one in found.items()} == pytest.approx(
        {"slices divided": (0.1 + 0.12) / 2, "last weights": (0.02 + 0.04) / 2}
    )
    assert all(one["low"] <= one["difference"] <= one["high"] and one["n"] == 20 for one in found.values())
    text = (tmp_path / "out/t.md").read_text()
    assert "- slices divided, Dice: +0.110 (95 % interval" in text
    assert "; 2 pairs of rows, the same 20 cases)" in text


def test_rows_that_did_not_run_or_scored_other_cases_have_no_effect(tmp_path):
    dice = np.full(20, 0.5)
    frames = {name: scores_of(name, dice) for name in NAMES}
    table, _ = build(tmp_path, TWO_BY_TWO, frames=frames, runs=RUNS[:3])
    assert table["effects"] == []
    frames["both"] = frames["both"][:12]
    table, _ = build(tmp_path, TWO_BY_TWO, frames=frames, runs=RUNS)
    assert table["effects"] == []

"""By how much the paper's own protocol differs from the clean one."""

import numpy as np
import pytest

from tests.report.tables.example import SPEC, build, scores_of

BOTH = [
    {"name": "ours", "experiment": "ours", "protocol": "clean"},
    {"name": "ours-published", "experiment": "ours", "protocol": "published"},
]


def test_what_the_printed_protocol_adds_is_stated_case_by_case_where_it_can_be(tmp_path):
    dice = np.random.default_rng(1).uniform(0.4, 0.8, 20)
    frames = {"ours": scores_of("ours", dice), "ours-published": scores_of("ours", dice + 0.1)}
    rows = [{"label": "U-Net", "experiment": "ours", "published_as": None}]
    table, _ = build(tmp_path, SPEC | {"rows": rows}, frames=frames, runs=BOTH)
    effect = next(effect for effect in table["protocol_effects"] if effect["metric"] == "dice")
    assert effect["paired"]
    assert [effect[key] for key in ("difference", "low", "high")] == pytest.approx([0.1] * 3)
    text = (tmp_path / "out" / "t.md").read_text()
    assert f"- U-Net, Dice: {dice.mean() + 0.1:.3f} − {dice.mean():.3f} = +0.100 (95 % interval" in text
    assert "; the same 20 cases)" in text


def test_what_a_protocol_adds_is_the_difference_of_the_two_means_where_a_case_is_undefined(tmp_path):
    dice = np.random.default_rng(1).uniform(0.4, 0.8, 20)
    frames = {"ours": scores_of("ours", dice), "ours-published": scores_of("ours", dice + 0.1)}
    frames["ours"].loc[:1, "dice"] = np.nan
    frames["ours-published"].loc[19, "dice"] = np.nan
    table, _ = build(tmp_path, frames=frames, runs=BOTH)
    effect = next(effect for effect in table["protocol_effects"] if effect["metric"] == "dice")
    assert [effect["clean"], effect["published"]] == pytest.approx([dice[2:19].mean(), dice[2:19].mean() + 0.1])
    assert effect["difference"] == pytest.approx(effect["published"] - effect["clean"])
    assert (effect["n_clean"], effect["n_published"]) == (17, 17)
    assert "; the same 17 cases)" in (tmp_path / "out/t.md").read_text()


def test_protocols_that_score_other_cases_are_compared_by_their_means(tmp_path):
    rng = np.random.default_rng(1)
    frames = {
        "ours": scores_of("ours", rng.uniform(0.4, 0.8, 20)),
        "ours-published": scores_of("ours", rng.uniform(0.7, 0.9, 12)),
    }
    table, _ = build(tmp_path, frames=frames, runs=BOTH)
    effect = next(effect for effect in table["protocol_effects"] if effect["metric"] == "dice")
    assert not effect["paired"]
    assert effect["difference"] == pytest.approx(effect["published"] - effect["clean"])
    assert 0 < effect["low"] < effect["difference"] < effect["high"]
    assert "; 12 and 20 cases, not the same, so not paired)" in (tmp_path / "out/t.md").read_text()


def test_one_protocol_has_no_effect_to_state(tmp_path):
    table, _ = build(tmp_path)
    assert table["protocol_effects"] == []

"""Tables: what is averaged, compared and published."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segrepro.report.page.table_view import table_view
from segrepro.report.spec import GroupSpec, TableSpec
from segrepro.report.tables.build import scores_of_group
from segrepro.report.tables.formats import header, lines
from segrepro.report.tables.table import Table
from tests.report.tables.example import RUNS, SPEC, build, row_of, scores_of, view_of
from workflow_scripts import build_tables


def test_means_stand_beside_the_printed_ones_and_others_are_tested_against_the_papers_own(tmp_path):
    table, base = build(tmp_path)
    ours, other = (row_of(table, label)["cells"]["dice"] for label in ("Ours", "Other"))
    assert ours["mean"] == pytest.approx(base.mean())
    assert ours["published_mean"] == 0.866
    assert ours["difference_to_published"] == pytest.approx(base.mean() - 0.866)
    assert ours["low"] < ours["mean"] < ours["high"]
    assert other["difference_to_reference"] == pytest.approx(-0.2)
    assert other["difference_low"] <= other["difference_to_reference"] <= other["difference_high"]
    assert (other["n_compared"], other["test_note"], other["seeds"]) == (20, "", 1)
    assert other["p"] < 0.05
    # Trained once: the weights differ, and nothing is said of the methods.
    assert other["text"].endswith("†")
    assert "p" not in ours


def test_a_row_is_the_mean_over_seeds_and_a_star_says_that_the_methods_differ(tmp_path):
    base = np.random.default_rng(1).uniform(0.5, 0.9, 20)
    runs = [
        {"name": name + ("-seed1" * seed), "experiment": name, "protocol": "clean", "seed": seed}
        for name in ("ours", "other")
        for seed in (0, 1)
    ]
    shift = {"ours": 0.0, "ours-seed1": 0.02, "other": -0.2, "other-seed1": -0.19}
    frames = {name: scores_of(name, base + gap) for name, gap in shift.items()}
    table, _ = build(tmp_path, frames=frames, runs=runs)
    ours, other = (row_of(table, label)["cells"]["dice"] for label in ("Ours", "Other"))
    assert ours["mean"] == pytest.approx(base.mean() + 0.01)
    assert ours["std"] == pytest.approx(base.std(ddof=1))
    assert (ours["seeds"], ours["seed_sd"]) == (2, pytest.approx(0.02 / np.sqrt(2)))
    assert other["difference_to_reference"] == pytest.approx(-0.205)
    assert other["text"].endswith("*")
    assert [row["label"] for row in table["rows"]] == ["Team", "Ours", "Other", "Third"]
    # One variance from seed to seed for both rows: (0.02^2 + 0.01^2) / 4.
    half = (other["difference_high"] - other["difference_low"]) / 2
    assert half > 2.9 * np.sqrt((0.02**2 + 0.01**2) / 4)


@pytest.mark.parametrize(("margin", "said"), [(0.5, "agrees"), (0.001, "differs"), (None, "")])
def test_a_published_mean_is_reproduced_or_not(tmp_path, margin, said):
    spec = SPEC | {"published_patients": 600, "published_cases_known": True}
    table, base = build(tmp_path, spec, margins={} if margin is None else {"dice": margin})
    cell = row_of(table, "Ours")["cells"]["dice"]
    assert cell.get("agreement", "") == said
    if said:
        assert cell["agreement_low"] < base.mean() - 0.866 < cell["agreement_high"]


def test_iou_has_no_mark_beside_dice(tmp_path):
    frames = {name: scores_of(name, np.linspace(0.5, 0.8, 20) - gap) for name, gap in (("ours", 0), ("other", 0.2))}
    frames = {name: frame.assign(iou=frame["dice"] / 2) for name, frame in frames.items()}
    table, _ = build(tmp_path, SPEC | {"metrics": {"dice": "Dice", "iou": "Jaccard"}}, frames=frames)
    dice, iou = row_of(table, "Other")["cells"].values()
    assert (dice["difference_mark"], iou["difference_mark"], iou["p"]) == ("†", "", None)


def test_tables_are_built_without_torch(tmp_path):
    build(tmp_path, unrun={"third": {"network": "unet28", "in_channels": 4, "out_channels": 1}})
    code = """
import sys
from pathlib import Path
from workflow_scripts.build_tables import Settings, main
names = ("ours", "other")
settings = Settings.model_validate_json(Path("settings.json").read_text())
scores, models = [Path(f"{n}.csv") for n in names], [Path(n, "model.json") for n in names]
main(settings, scores, models, Path("parameters.json"), Path("again"))
print("torch" in sys.modules)
"""
    command, folder = [sys.executable, "-c", code], str(Path(build_tables.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": folder}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert (tmp_path / "again/tables.json").read_bytes() == (tmp_path / "out/tables.json").read_bytes()


def test_rows_that_did_not_run_or_only_the_paper_has_are_shown_as_such(tmp_path):
    table, _ = build(tmp_path)
    assert row_of(table, "Third")["run"] is False
    assert row_of(table, "Team")["cells"]["dice"]["published_mean"] == 0.849
    text = (tmp_path / "out" / "t.md").read_text()
    assert "| Third | clean | 0.838 | not run |" in text
    assert "| Team |  | 0.849 |  |" in text


def test_a_row_that_lacks_pretrained_weights_says_so(tmp_path):
    rows = [*SPEC["rows"], {"label": "Fourth", "experiment": "fourth", "published_as": None}]
    table, _ = build(tmp_path, SPEC | {"rows": rows})
    text = "not run: needs pretrained.vgg16"
    assert f"| Fourth | clean |  | {text} |" in (tmp_path / "out" / "t.md").read_text()
    assert text in (tmp_path / "out" / "t.html").read_text()
    assert [row.label for row in view_of(table).folded if row.small == text] == ["Fourth"]


def test_undefined_values_are_counted_for_each_measure(tmp_path):
    ours, other = (scores_of(name, np.linspace(0.4, 0.8, 10)) for name in ("ours", "other"))
    ours.loc[0, "dice"] = np.nan
    ours.loc[:2, "hd_mm"] = np.nan
    table, _ = build(tmp_path, frames={"ours": ours, "other": other})
    text = (tmp_path / "out" / "t.md").read_text()
    assert "| 10 | 1 Dice, 3 HD (mm) | 1 |" in text
    assert "| 10 | 0 | 1 |" in text


def test_groups_have_rows_of_their_own(tmp_path):
    spec = SPEC | {"groups": {"A": {"site": "A", "ml": None}, "small": {"site": None, "ml": [0, 5]}}}
    table, base = build(tmp_path, spec)
    found = {row["group"]: row["cells"]["dice"] for row in table["rows"] if row["label"] == "Ours"}
    assert found["A"]["mean"] == pytest.approx(base[1::2].mean())
    assert (found["small"]["mean"], found["small"]["n"]) == (pytest.approx(base[:5].mean()), 5)


def test_labels_of_a_case_become_their_mean_and_an_undefined_one_is_counted(tmp_path):
    frame = scores_of("ours", np.linspace(0.4, 0.8, 10), ("liver", "spleen"))
    frame.loc[0, "dice"] = np.nan
    other = scores_of("other", np.linspace(0.4, 0.8, 10), ("liver", "spleen"))
    table, _ = build(tmp_path, frames={"ours": frame, "other": other})
    cell = row_of(table, "Ours")["cells"]["dice"]
    assert (cell["n"], cell["n_undefined"]) == (9, 1)
    assert cell["mean"] == pytest.approx(np.linspace(0.4, 0.8, 10)[1:].mean() + 0.05)


def test_undefined_distances_also_count_as_the_diagonal_in_every_format(tmp_path):
    frames = {name: scores_of(name, np.full(10, 0.5)).assign(diagonal_mm=100.0) for name in ("ours", "other")}
    frames["ours"].loc[:1, "hd_mm"] = np.nan
    table, _ = build(tmp_path, frames=frames)
    ours, other = (row_of(table, label)["cells"]["hd_mm"] for label in ("Ours", "Other"))
    assert (ours["mean"], ours["mean_with_replacement"]) == pytest.approx((9.5, (8 * 9.5 + 2 * 100) / 10))
    assert (other["mean"], other["mean_with_replacement"]) == pytest.approx((9.5, 9.5))
    for ending in ("md", "tex", "html"):
        text = (tmp_path / f"out/t.{ending}").read_text()
        assert text.count("(2 of 10 undefined; 27.600 with the diagonal)") == 1
    lines = [cell.lines for row in view_of(table).rows for cell in row.cells]
    assert ("[9.500, 9.500]", "2 of 10 undefined; 27.600 with the diagonal") in lines
    written = pd.read_csv(tmp_path / "out/t.csv").query("metric == 'hd_mm' and label == 'Ours'")
    assert written["mean_with_replacement"].tolist() == pytest.approx([27.6])


def test_a_label_without_a_distance_has_the_diagonal_and_the_others_keep_theirs(tmp_path):
    frame = scores_of("ours", [0.5], ("liver", "spleen")).assign(diagonal_mm=100.0)
    frame.loc[0, "hd_mm"] = np.nan
    table, _ = build(tmp_path, frames={"ours": frame}, runs=RUNS[:1])
    cell = row_of(table, "Ours")["cells"]["hd_mm"]
    assert (cell["mean"], cell["mean_with_replacement"]) == (None, (100 + 9.5) / 2)
    assert cell["text"] == "1 of 1 undefined; 54.750 with the diagonal (note 2)"


def test_a_table_of_ones_own_has_no_published_columns(tmp_path):
    spec = TableSpec.model_validate(SPEC).without_published()
    assert [row.label for row in spec.rows] == ["Ours", "Other", "Third"]
    table = Table.model_validate(build(tmp_path, spec.model_dump())[0])
    assert not table.has_published
    shown = (tmp_path / "out" / "t.md").read_text() + (tmp_path / "out" / "t.html").read_text()
    assert "published" not in shown.lower()
    assert "paper" not in shown
    assert {len(line) for line in lines(table)} == {len(header(table))}
    view = table_view(table, "Ours", {})
    assert {len(row.cells) for row in view.rows} == {len(view.columns)}
    assert "paper" not in " ".join(f"{column.text} {column.lines}" for column in view.columns)


def test_groups_may_be_labels_and_their_own_volumes():
    """Two structures a case: the second is ten times as large as the first."""
    frame = scores_of("ours", np.full(4, 0.5), labels=("kidney", "liver"))
    frame["reference_volume_ml"] = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 0.0, 40.0]
    kidney = scores_of_group(frame, "case", GroupSpec(labels=["kidney"]))
    assert (len(kidney), kidney["dice"].tolist()) == (4, [0.5] * 4)
    small = scores_of_group(frame, "case", GroupSpec(ml=(0.5, 15.0)))
    # Of the first case both structures are so small, of the next two the kidney alone.
    assert dict(zip(small["case"], small["dice"])) == pytest.approx({"c0": 0.55, "c1": 0.5, "c2": 0.5})


def test_another_row_is_the_proposed_one_where_that_cannot_run():
    table = TableSpec.model_validate(SPEC | {"proposed": "third", "proposed_otherwise": "ours"})
    assert (table.as_run(["third"]).proposed, table.as_run([]).proposed) == ("ours", "third")


def test_a_row_over_several_divisions_is_the_mean_over_all_cases_that_were_held_out(tmp_path):
    base = np.linspace(0.4, 0.8, 30)
    frames, runs, held_out = {}, [], [np.arange(12), np.arange(10, 22), np.arange(18, 30)]
    for experiment, gap in (("ours", 0.0), ("other", -0.2)):
        for division, chosen in enumerate(held_out):
            name = experiment + (f"-seed{division}" if division else "")
            frame = scores_of(experiment, base + gap + 0.002 * division)
            frames[name] = frame.iloc[chosen].assign(seed=division, division=division)
            runs.append({"name": name, "experiment": experiment, "protocol": "clean", "seed": division})
    frames["ours"].loc[0, "hd_mm"] = np.nan
    table, _ = build(tmp_path, frames=frames, runs=runs, margins={"dice": 0.02})
    ours, other = (next(row for row in table["rows"] if row["label"] == label)["cells"] for label in ("Ours", "Other"))
    assert (ours["dice"]["n"], ours["dice"]["seeds"], ours["hd_mm"]["n_undefined"]) == (30, 3, 1)
    # Cases 10 and 11 were held out by divisions 0 and 1, 18 to 21 by 1 and 2.
    shifts = [0] * 10 + [0.001] * 2 + [0.002] * 6 + [0.003] * 4 + [0.004] * 8
    assert ours["dice"]["mean"] == pytest.approx(base.mean() + np.mean(shifts))
    assert ours["dice"]["low"] < ours["dice"]["mean"] < ours["dice"]["high"]
    assert other["dice"]["difference_to_reference"] == pytest.approx(-0.2)
    assert (other["dice"]["difference_mark"], other["dice"]["n_compared"]) == ("*", 30)

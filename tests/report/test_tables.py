"""Tables: what is averaged, compared and printed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segrepro.evaluation.statistics import differences, judged
from segrepro.networks import count_at_full_width
from segrepro.report.page.contents import TableView, table_view
from segrepro.report.tables.build import Settings
from segrepro.report.tables.table import Table
from workflow_scripts import build_tables

RUNS = [{"name": name, "experiment": name, "protocol": "clean"} for name in ("ours", "other")]
SPEC = {
    "parameters_relative_to": None,
    "title": "Table_1: 50 % & more",
    "published": "hlenet_table1.csv",
    "dataset": "ISIC 2017",
    "metrics": {"dice": "Dice", "hd_mm": "HD (mm)"},
    "proposed": "ours",
    "rows": [
        {"label": "Team", "experiment": None, "published_as": "Yuan et al."},
        {"label": "Ours", "experiment": "ours", "published_as": "HLE-Net"},
        {"label": "Other", "experiment": "other", "published_as": None},
        {"label": "Third", "experiment": "third", "published_as": "Unet-28"},
    ],
    "unit": "case",
    "groups": {},
    "note": "",
}

CARD = {
    "fold": 0,
    "options": {"base_width": 8},
    "in_channels": 1,
    "out_channels": 5,
    "training_seconds": 1.0,
    "device": "cpu",
    "checkpoint": "best",
}


def scores_of(name, dice, labels=("lesion",)):
    rows = [
        {
            "experiment": name,
            "fold": 0,
            "case": f"c{i}",
            "patient": f"c{i}",
            "site": "A" if i % 2 else "B",
            "checkpoint": "best",
            "unit": "case",
            "label": label,
            "dice": value + 0.1 * number,
            "hd_mm": 10 - value,
            "reference_volume_ml": i,
        }
        for i, value in enumerate(dice)
        for number, label in enumerate(labels)
    ]
    return pd.DataFrame(rows)


def build(tmp_path, spec=SPEC, labels=("lesion",), frames=None, networks=None, runs=None, margins=None):
    rng = np.random.default_rng(0)
    base = rng.uniform(0.5, 0.9, 20)
    frames = frames or {"ours": scores_of("ours", base, labels), "other": scores_of("other", base - 0.2, labels)}
    scores, models = [], []
    for name, frame in frames.items():
        scores.append(tmp_path / f"{name}.csv")
        frame.to_csv(scores[-1], index=False)
        models.append(tmp_path / name / "model.json")
        models[-1].parent.mkdir(exist_ok=True)
        network = (networks or {}).get(name, "unet")
        parameters = {"total": 7, "at_full_width": count_at_full_width(network, 1, 5)}
        card = CARD | {"name": name, "network": network, "parameters": parameters}
        models[-1].write_text(json.dumps(card))
    settings = {"study": "made_up", "scale": "demo", "runs": runs or RUNS, "tables": {"t": spec}, "seed": 0}
    settings["margins"] = margins or {}
    settings["lacking"] = {"fourth": "pretrained.vgg16"}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    build_tables.main(Settings.model_validate(settings), scores, models, tmp_path / "out")
    return json.loads((tmp_path / "out" / "tables.json").read_text())["tables"][0], base


def view_of(table: dict) -> TableView:
    """The table as the page shows it."""
    return table_view(Table.model_validate(table), "Ours", {("ours", "clean"): 1234.5})


def test_tables_that_the_study_no_longer_has_go(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/former.csv").touch()
    build(tmp_path)
    names = {"t.csv", "t.md", "t.tex", "t.html", "tables.json", "metrics.json", "scores.csv", "costs.csv"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names


def row_of(table, label):
    return next(row for row in table["rows"] if row["label"] == label)


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
    rng = np.random.default_rng(1)
    base = rng.uniform(0.5, 0.9, 20)
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
    spec = SPEC | {"published_patients": 600}
    margins = {} if margin is None else {"dice": margin}
    table, base = build(tmp_path, spec, margins=margins)
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


def test_published_numbers_have_the_digits_of_the_paper_in_every_format(tmp_path):
    isles = {"published": "isles_table3_networks.csv", "dataset": None}
    metrics = {"recall": "Recall (%)", "hd_mm": "HD (mm)"}
    rows = [{"label": "Ours", "experiment": "ours", "published_as": "FCN"}]
    table, _ = build(tmp_path, SPEC | isles | {"metrics": metrics, "rows": rows})
    recall, distance = row_of(table, "Ours")["cells"].values()
    assert (recall["published_mean"], recall["published_std"]) == (0.531, 0.3347)
    texts = ["53.10 ± 33.47 %", "48.75 ± 30.83"]
    assert [recall["published_text"], distance["published_text"]] == texts
    shown = [cell.text for row in view_of(table).rows for cell in row.cells]
    for text in texts:
        assert text in shown
        assert all(text in (tmp_path / f"out/t.{ending}").read_text() for ending in ("md", "html"))
        assert text.replace("±", r"$\pm$").replace("%", r"\%") in (tmp_path / "out/t.tex").read_text()


def test_tables_are_built_without_torch(tmp_path):
    build(tmp_path)
    code = """
import sys
from pathlib import Path
from workflow_scripts.build_tables import Settings, main
names = ("ours", "other")
settings = Settings.model_validate_json(Path("settings.json").read_text())
main(settings, [Path(f"{n}.csv") for n in names], [Path(n, "model.json") for n in names], Path("again"))
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
    shown = view_of(table).rows
    assert [[cell.text for cell in row.cells].count(text) for row in shown] == [0, 0, 0, 0, 2]


def test_parameters_are_printed_only_where_the_paper_prints_them(tmp_path):
    table, _ = build(tmp_path, networks={"ours": "hlenet", "other": "unet28"})
    printed = {row["label"]: row["parameters_published"] for row in table["rows"]}
    assert printed == {"Team": "", "Ours": "5.5×10^6", "Other": "", "Third": "5.9×10^6"}
    assert row_of(table, "Other")["parameters_at_full_width"] == "5.9×10^6"


def test_undefined_values_are_counted_for_each_measure(tmp_path):
    ours, other = (scores_of(name, np.linspace(0.4, 0.8, 10)) for name in ("ours", "other"))
    ours.loc[0, "dice"] = np.nan
    ours.loc[:2, "hd_mm"] = np.nan
    table, _ = build(tmp_path, frames={"ours": ours, "other": other})
    text = (tmp_path / "out" / "t.md").read_text()
    assert "| 10 | 1 Dice, 3 HD (mm) | 1 |" in text
    assert "| 10 | 0 | 1 |" in text


def test_the_page_has_a_column_for_all_that_is_known_of_a_row(tmp_path):
    table, _ = build(tmp_path)
    view = view_of(table)
    titles = [f"{column.small} {column.text}".strip() for column in view.columns]
    of_measure = ["published", "reproduced", "reproduced − published", "minus Ours", "p, against Ours"]
    assert titles == [
        "Protocol", *(f"{title} {text}" for title in ("Dice", "HD (mm)") for text in of_measure), "Cases", "Undefined",
        "Seeds", "Parameters published", "Parameters at full width", "Parameters as run",
        "Seconds of training all folds and seeds",
    ]  # fmt: skip
    ours = dict(zip(titles, next(row.cells for row in view.rows if row.label == "Ours")))
    assert re.fullmatch(r"\[0\.\d+, 0\.\d+\]", ours["Dice reproduced"].small)
    assert ours["Seconds of training all folds and seeds"].text == "1,234.5"
    assert ours["Cases"].number == 20


def test_too_few_cases_are_a_footnote_in_every_format(tmp_path):
    frames = {"ours": scores_of("ours", [0.5, 0.6, 0.7, 0.8]), "other": scores_of("other", [0.4, 0.5, 0.6, 0.9])}
    table, _ = build(tmp_path, frames=frames)
    notes = ["only 4 patients: no interval", "only 4 patients: no test"]
    assert table["footnotes"] == notes
    assert row_of(table, "Ours")["cells"]["dice"]["text"] == "0.650 ± 0.129 (note 1)"
    other = row_of(table, "Other")["cells"]["dice"]
    assert other["text"].endswith(" (note 1, 2)")
    assert other["test_note"] == notes[1]
    for ending in ("md", "tex", "html"):
        text = (tmp_path / f"out/t.{ending}").read_text()
        assert all(f"Note {number}: {note}." in text for number, note in enumerate(notes, 1))
    view = view_of(table)
    assert view.footnotes[1] == f"Note 2: {notes[1]}."
    assert any(cell.text.endswith("(note 1, 2)") for row in view.rows for cell in row.cells)
    written = pd.read_csv(tmp_path / "out/t.csv").query("metric == 'dice' and label == 'Other'").iloc[0]
    assert {key: written[key] for key in ("n_compared", "test_note")} == {"n_compared": 4, "test_note": notes[1]}
    assert [other[key] for key in ("difference_low", "difference_high", "p")] == [None] * 3


def test_groups_have_rows_of_their_own(tmp_path):
    spec = SPEC | {"groups": {"A": {"site": "A", "ml": None}, "small": {"site": None, "ml": [0, 5]}}}
    table, base = build(tmp_path, spec)
    found = {row["group"]: row["cells"]["dice"] for row in table["rows"] if row["label"] == "Ours"}
    assert found["A"]["mean"] == pytest.approx(base[1::2].mean())
    assert (found["small"]["mean"], found["small"]["n"]) == (pytest.approx(base[:5].mean()), 5)


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
    small = [cell.small for row in view_of(table).rows for cell in row.cells]
    assert "[9.500, 9.500]; 2 of 10 undefined; 27.600 with the diagonal" in small
    written = pd.read_csv(tmp_path / "out/t.csv").query("metric == 'hd_mm' and label == 'Ours'")
    assert written["mean_with_replacement"].tolist() == pytest.approx([27.6])


def test_a_label_without_a_distance_has_the_diagonal_and_the_others_keep_theirs(tmp_path):
    frame = scores_of("ours", [0.5], ("liver", "spleen")).assign(diagonal_mm=100.0)
    frame.loc[0, "hd_mm"] = np.nan
    table, _ = build(tmp_path, frames={"ours": frame}, runs=RUNS[:1])
    cell = row_of(table, "Ours")["cells"]["hd_mm"]
    assert (cell["mean"], cell["mean_with_replacement"]) == (None, (100 + 9.5) / 2)
    assert cell["text"] == "1 of 1 undefined; 54.750 with the diagonal (note 2)"


def test_a_run_on_other_cases_is_not_compared(tmp_path):
    frames = {"ours": scores_of("ours", [0.5, 0.6, 0.7]), "other": scores_of("other", [0.5, 0.6])}
    table, _ = build(tmp_path, frames=frames)
    assert "p" not in row_of(table, "Other")["cells"]["dice"]


def test_the_best_mean_is_bold_and_signs_are_escaped(tmp_path):
    table, _ = build(tmp_path)
    latex, html = ((tmp_path / "out" / f"t.{ending}").read_text() for ending in ("tex", "html"))
    ours = row_of(table, "Ours")["cells"]["dice"]["text"].replace("±", r"$\pm$")
    assert rf"\textbf{{{ours}}}" in latex
    assert r"Table\_1: 50 \% \& more" in latex
    assert latex.count(r"\textbf") == 2
    assert html.count("<b>") == 2
    assert "50 % &amp; more" in html


def test_the_best_of_fewer_cases_is_not_bold_and_undefined_cases_stand_with_their_measure(tmp_path):
    frames = {"ours": scores_of("ours", np.linspace(0.5, 0.8, 20)), "other": scores_of("other", np.full(20, 0.5))}
    frames["ours"].loc[:3, "hd_mm"] = np.nan
    table, _ = build(tmp_path, frames=frames)
    ours = row_of(table, "Ours")["cells"]
    assert ours["hd_mm"]["mean"] < row_of(table, "Other")["cells"]["hd_mm"]["mean"]
    assert [(cell["n"], cell["n_undefined"]) for cell in ours.values()] == [(20, 0), (16, 4)]
    html, text = ((tmp_path / f"out/t.{ending}").read_text() for ending in ("html", "md"))
    assert re.findall("<b>(.*?)</b>", html) == [ours["dice"]["text"]]
    line = next(line for line in text.splitlines() if line.startswith("| Ours"))
    cells = line.strip("| ").split(" | ")
    assert cells[5].endswith("(4 of 20 undefined)")
    assert (cells[-3:], line.count("undefined")) == (["20", "4 HD (mm)", "1"], 1)


def test_latex_compiles(tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex on this machine")
    build(tmp_path)
    page = r"\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}\input{out/t.tex}\end{document}"
    (tmp_path / "page.tex").write_text(page)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "* the method differs from the paper's own" in (tmp_path / "out/t.tex").read_text()


def test_parameters_are_counted_at_full_width_and_over_the_plain_network(tmp_path):
    networks = {"ours": "scse_unet", "other": "unet_chaos"}
    table, _ = build(tmp_path, SPEC | {"parameters_relative_to": "other"}, networks=networks)
    ours, other = row_of(table, "Ours"), row_of(table, "Other")
    assert ours["parameters_increase_percent"] == 2.59  # the report's "around 2%"
    assert other["parameters_increase_percent"] == 0
    assert f"| {ours['parameters_at_full_width']} (+2.59 %) | 7 |" in (tmp_path / "out" / "t.md").read_text()


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

"""Tables as Markdown, CSV and LaTeX."""

import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from tests.report.tables.example import SPEC, build, row_of, scores_of, view_of


def test_published_numbers_have_the_digits_of_the_paper_in_every_format(tmp_path):
    isles = {"published": "isles_table3_networks.csv", "dataset": None}
    metrics = {"recall": "Recall (%)", "hd_mm": "HD (mm)"}
    rows = [{"label": "Ours", "experiment": "ours", "published_as": "FCN"}]
    table, _ = build(tmp_path, SPEC | isles | {"metrics": metrics, "rows": rows})
    recall, distance = row_of(table, "Ours")["cells"].values()
    assert (recall["published_mean"], recall["published_std"]) == (0.531, 0.3347)
    texts = ["53.10 ± 33.47 %", "48.75 ± 30.83"]
    assert [recall["published_text"], distance["published_text"]] == texts
    shown = [line for row in view_of(table).rows for cell in row.cells for line in cell.lines]
    assert {"paper 0.5310 ± 0.3347", "paper 48.75 ± 30.83"} < set(shown)
    for text in texts:
        assert all(text in (tmp_path / f"out/t.{ending}").read_text() for ending in ("md", "html"))
        assert text.replace("±", r"$\pm$").replace("%", r"\%") in (tmp_path / "out/t.tex").read_text()


@pytest.mark.parametrize(
    ("file", "dataset", "column", "shown"),
    [
        ("isles_table3_networks.csv", None, "Recall (%)", "0.6500 ± 0.1291"),
        ("xnet_table2_comparison.csv", "ATLAS", "Dice", "0.6500 ± 0.1291"),
        (None, None, "Dice", "0.650 ± 0.129"),
    ],
)
def test_our_numbers_have_as_many_digits_as_those_in_print(tmp_path, file, dataset, column, shown):
    measure = "recall" if "Recall" in column else "dice"
    frames = {"ours": scores_of("ours", [0.5, 0.6, 0.7, 0.8]).rename(columns={"dice": measure})}
    methods = {"isles_table3_networks.csv": "FCN", "xnet_table2_comparison.csv": "X-Net (ours)"}
    rows = [{"label": "Ours", "experiment": "ours", "published_as": methods.get(file)}]
    spec = {"published": file, "dataset": dataset, "metrics": {measure: column}, "rows": rows, "proposed": "ours"}
    table, _ = build(tmp_path, SPEC | spec, frames=frames)
    assert row_of(table, "Ours")["cells"][measure]["text"].startswith(f"{shown} (")
    assert shown in [cell.text for row in view_of(table).rows for cell in row.cells]
    for ending, sign in (("md", "±"), ("tex", r"$\pm$"), ("html", "±")):
        assert shown.replace("±", sign) in (tmp_path / f"out/t.{ending}").read_text()


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
    assert any(cell.lines[-1:] == ("note 1, 2",) for row in view.rows for cell in row.cells)
    written = pd.read_csv(tmp_path / "out/t.csv").query("metric == 'dice' and label == 'Other'").iloc[0]
    assert {key: written[key] for key in ("n_compared", "test_note")} == {"n_compared": 4, "test_note": notes[1]}
    assert [other[key] for key in ("difference_low", "difference_high", "p")] == [None] * 3


def test_the_best_mean_is_bold_and_signs_are_escaped(tmp_path):
    table, _ = build(tmp_path)
    latex, html = ((tmp_path / "out" / f"t.{ending}").read_text() for ending in ("tex", "html"))
    ours = row_of(table, "Ours")["cells"]["dice"]["text"].replace("±", r"$\pm$")
    assert rf"\textbf{{{ours}}}" in latex
    assert r"Table\_1: 50 \% \& more" in latex
    assert latex.count(r"\textbf") == 2
    assert html.count("<b>") == 2
    assert "50 % &amp; more" in html


def test_what_has_no_value_says_so_once_in_a_cell_of_the_page(tmp_path):
    nothing = scores_of("ours", [0.5] * 8).assign(dice=np.nan)
    table, _ = build(tmp_path, frames={"ours": nothing, "other": scores_of("other", [0.5] * 8)})
    cells = [cell for row in view_of(table).rows if row.label == "Ours" for cell in row.cells]
    assert [" ".join([cell.text, *cell.lines]).count("8 of 8 undefined") for cell in cells if cell.text][0] == 1


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

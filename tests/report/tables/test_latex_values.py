r"""Macros of a study's numbers, as LaTeX reads them."""

import shutil
import subprocess

import pytest

from segrepro.report.tables.latex_values import latex_values
from segrepro.report.tables.table import Cell, Row, Table

FACTS = {"protocol": "clean", "run": True, "only_published": False}
PAGE = r"""\documentclass{article}\input{values.tex}\begin{document}
\typeout{VALUE=\segrepro{s/table_1/x_net-< 10 % of 5_5/dice}}
\typeout{MEAN=\segrepro{s/table_1/x_net-< 10 % of 5_5/dice/mean}}
\typeout{PRINTED=\segrepro{s/table_1/Other & Co_/dice/published}}
\segrepro{s/table_1/x_net-< 10 % of 5_5/dice} \segrepro{s/table_1/Other & Co_/dice/published}
WRONG\end{document}"""


@pytest.fixture
def values() -> str:
    cell = Cell(mean=0.48671, std=0.25, low=0.4, high=0.5, n=8, published_text="53.10 ± 33.47 %")
    rows = [
        Row(label="X", experiment="x_net", group="< 10 % of 5.5", cells={"dice": cell}, **FACTS),
        Row(label="Other & Co.", experiment=None, group="", cells={"dice": Cell(published_text="0.5")}, **FACTS),
    ]
    facts = {"title": "T", "note": "", "unit": "case", "footnotes": [], "metrics": {"dice": "Dice"}}
    return latex_values("s", [Table(name="table_1", rows=rows, protocol_effects=[], **facts)])


def test_every_part_of_a_cell_that_has_a_number(values):
    names = [
        line.split(r"\detokenize{")[1].split("}")[0] for line in values.splitlines() if line.startswith(r"\expand")
    ]
    own = "s/table_1/x_net-< 10 percent of 5_5/dice"
    assert names == [own, *(f"{own}/{part}" for part in ("mean", "std", "low", "high", "n", "published")),
                     "s/table_1/Other and Co_/dice/published"]  # fmt: skip


def compiled(folder, values: str, page: str) -> tuple[int, str]:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex on this machine")
    (folder / "values.tex").write_text(values)
    (folder / "page.tex").write_text(page)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_latex_reads_them_and_refuses_a_name_that_is_none(values, tmp_path):
    page = PAGE.replace("10 %", "10 percent").replace("& Co_", "and Co_")
    code, told = compiled(tmp_path, values, page.replace("WRONG", ""))
    assert code == 0, told[-2000:]
    assert "MEAN=0.4867" in told
    code, told = compiled(tmp_path, values, page.replace("WRONG", r"\segrepro{s/table_1/x_net/iou}"))
    assert code != 0
    assert "No value s/table_1/x_net/iou" in told

"""A table as the page shows it."""

from segrepro.report.page.table_view import SIZE
from tests.report.tables.example import SPEC, build, view_of


def test_a_measure_is_one_cell_with_print_below(tmp_path):
    table, base = build(tmp_path)
    view = view_of(table)
    titles = [(column.text, column.shown_with, column.overview) for column in view.columns]
    assert titles == [
        ("Dice", "dice", True), ("Dice: − Ours", "dice", False), ("HD (mm)", "hd_mm", True),
        ("HD (mm): − Ours", "hd_mm", False), ("Cases", SIZE, True), ("Parameters", SIZE, True),
        ("Seconds a training", SIZE, False), ("Device", SIZE, False), ("Seconds, all seeds", SIZE, False),
        ("Host memory (GB)", SIZE, False),
    ]  # fmt: skip
    dice = view.rows[0].cells[0]
    assert (dice.number, dice.cell) == (base.mean(), "t/ours/dice")
    # The paper prints three decimals.
    assert dice.text.startswith(f"{base.mean():.3f} ± ")
    assert dice.lines[1:] == ("paper 0.866", f"{base.mean() - 0.866:+.3f}".replace("-", "−"))
    assert view.rows[0].cells[6].text == "1,234.5"


def test_rows_that_were_not_run_are_one_line(tmp_path):
    view = view_of(build(tmp_path)[0])
    assert [row.label for row in view.rows] == ["Ours", "Other"]
    assert view.folded_title == "1 row not run: Third. 1 row in print only: Team"
    assert [row.cells[0].lines for row in view.folded] == [("paper 0.849",), ("paper 0.838",)]


def test_the_p_and_both_intervals_say_what_they_are(tmp_path):
    view = view_of(build(tmp_path)[0])
    assert "[95 %, unadjusted]" in view.columns[0].lines
    assert view.columns[1].lines == ("[95 %, simultaneous]", "p corrected over the table")
    against = view.rows[1].cells[1]
    assert (against.text, against.lines[1]) == ("−0.200", "p < 0.001")


def test_the_copies_are_the_files(tmp_path):
    view = view_of(build(tmp_path, SPEC)[0])
    for kind, ending in (("LaTeX", "tex"), ("Markdown", "md"), ("CSV", "csv")):
        assert view.copies[kind] == (tmp_path / f"out/t.{ending}").read_text()

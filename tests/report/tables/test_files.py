"""The files of tables."""

from tests.report.tables.example import build


def test_tables_that_the_study_no_longer_has_go(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/former.csv").touch()
    build(tmp_path)
    names = {"t.csv", "t.md", "t.tex", "t.html", "tables.json", "metrics.json", "scores.csv", "costs.csv"}
    names |= {"values.tex"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names

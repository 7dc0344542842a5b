"""Rows and cells of tables.json."""

from segrepro.report.tables.table import Cell, Row


def test_a_row_is_named_by_label_and_group():
    facts = {"protocol": "clean", "experiment": "x", "run": True, "only_published": False}
    assert Row(label="X-Net", group="", **facts).name == "X-Net"
    assert Row(label="X-Net", group="> 5 ml", **facts).name == "X-Net / > 5 ml"


def test_what_a_cell_does_not_say_stays_out_of_the_file():
    assert Cell(mean=0.5, n=3).model_dump(exclude_unset=True) == {"mean": 0.5, "n": 3}

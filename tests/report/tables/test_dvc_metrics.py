"""Means of tables as DVC shows them."""

from segrepro.report.tables.dvc_metrics import means
from segrepro.report.tables.table import Cell, Row, Table

FACTS = {"only_published": False, "parameters_published": ""}


def test_rows_that_ran_have_their_means_and_what_is_undefined():
    rows = [
        Row(label="X", experiment="x", protocol="clean", group="", run=True, cells={"dice": Cell(mean=0.5)}, **FACTS),
        Row(label="X", experiment="x", protocol="published", group="> 1.5 ml", run=True,
            cells={"dice": Cell(mean=0.25, n_undefined=2)}, **FACTS),
        Row(label="Y", experiment="y", protocol="clean", group="", run=False, cells={"dice": Cell()}, **FACTS),
    ]  # fmt: skip
    table = Table(name="t", title="T", note="", unit="case", footnotes=[], rows=rows, metrics={"dice": "Dice"},
                  protocol_effects=[])  # fmt: skip
    assert means([table]) == {
        "t": {"x": {"dice": 0.5}, "x-published-> 1_5 ml": {"dice": 0.25, "dice_undefined": 2}},
    }

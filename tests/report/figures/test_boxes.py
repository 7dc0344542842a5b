"""Scores of groups of cases in boxes."""

import numpy as np
import pandas as pd

from segrepro.report.figures._drawing import Drawing
from tests.report.figures.drawings import drawn


def test_boxes_hold_the_scores_of_each_group_and_count_the_undefined(tmp_path, monkeypatch):
    volumes = [2.0, 5.0, 9.9, 10.0, 20.0, 49.0, 50.0, 80.0]
    values = {"fcn": np.linspace(0.1, 0.8, 8), "fcn_no_residue": np.linspace(0.2, 0.9, 8)}
    values["fcn"][0] = np.nan
    frames = [
        pd.DataFrame({"run": run, "unit": unit, "reference_volume_ml": volumes, "dice": dice})
        for run, dice in values.items()
        for unit in ("case", "slice")
    ]
    groups = {"< 10 ml": [0, 10], "10-50 ml": [10, 50], "> 50 ml": [50, 100000]}
    drawing = Drawing(pd.DataFrame(), pd.DataFrame(), pd.concat(frames))
    options = {"metrics": {"dice": "Dice"}, "groups": groups}
    figure, caption, _ = drawn("boxes", drawing, tmp_path / "fig", monkeypatch, **options)
    (axis,) = figure.axes
    assert [text.get_text() for text in axis.get_xticklabels()] == [
        "< 10 ml\n(n = 3)",
        "10-50 ml\n(n = 3)",
        "> 50 ml\n(n = 2)",
    ]
    medians = [line.get_ydata()[0] for line in axis.lines if line.get_color() == "black" and len(line.get_xdata()) == 2]
    expected = [np.nanmedian(dice[part]) for dice in values.values() for part in (slice(3), slice(3, 6), slice(6, 8))]
    assert set(np.round(expected, 6)) <= set(np.round(medians, 6))
    assert axis.get_ylabel() == "Dice"
    assert caption.endswith("left out: 1.")

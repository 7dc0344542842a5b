"""Synthesised images beside the real one, in one window."""

import numpy as np

from segrepro.preprocessing.preparation import Preparation
from segrepro.report.figures import synthesis
from segrepro.utils.plot_style import figure_style
from tests.report.figures.drawings_of_scans import SPEC


def test_the_real_image_is_shown_in_the_window_of_the_synthesised_ones(write_study, tmp_path, monkeypatch):
    drawing, runs = write_study(["one", "two"], Preparation(size=(24, 24), normalization="p99"))
    shown = []
    monkeypatch.setattr(synthesis, "show", lambda axis, picture, aspect, limits: shown.append((picture, limits)))
    # The second is trained on real images: it makes none, and stands under the real one.
    drawing.predictions.loc[drawing.predictions["run"] == "two", "image"] = ""
    with figure_style():
        caption = synthesis.draw(drawing, SPEC, synthesis.Options(target="dwi"), runs, tmp_path / "fig")
    assert "one window" in caption
    assert {limits for _, limits in shown} == {(0, 1)}
    case = shown[: len(shown) // 2]
    assert len(case) == 6  # above the real one and two runs', below the real one three times
    for picture, _ in case:
        np.testing.assert_allclose(picture, case[0][0], atol=1e-3)


def test_the_input_maps_stand_in_a_line_above(write_study, tmp_path, monkeypatch):
    drawing, runs = write_study(["one", "two"], Preparation(size=(24, 24), normalization="p99"))
    titles = []
    monkeypatch.setattr(
        synthesis, "save_figure", lambda figure, _: titles.extend(axis.get_title() for axis in figure.axes)
    )
    with figure_style():
        options = synthesis.Options(target="dwi", maps=["dwi", "absent"])
        caption = synthesis.draw(drawing, SPEC, options, runs, tmp_path / "fig")
    assert titles[:6] == ["dwi", "", "", "real", "one", "two"]
    assert caption.startswith("First line: dwi, absent, each in a window of its own.")

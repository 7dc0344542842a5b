"""Losses of several methods on equal axes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from segrepro.report.figures import losses
from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun


def test_a_panel_a_method_with_both_losses_on_equal_axes(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(losses, "save_figure", lambda figure, stem: kept.append(figure))
    one = pd.DataFrame({"run": "one", "fold": [0, 0, 1, 1], "epoch": [0, 1, 0, 1], "train_loss": [1.0, 0.5, 3, 1.5]})
    one["validation_loss"] = [2.0, 3.0, 4.0, 5.0]
    runs = [
        ReportedRun(name=name, experiment=name.partition("-")[0], protocol=protocol, label=name.upper())
        for name, protocol in (("one", "clean"), ("two", "clean"), ("one-published", "published"))
    ]
    curves = pd.concat([one, one.assign(run="two", train_loss=one["train_loss"] * 9)])
    spec = FigureSpec(title="", kind="losses", experiments=["one", "two"])
    options = losses.Options(names=["Figure 2", "Figure 3"])
    losses.draw(Drawing(None, curves, None), spec, options, runs, tmp_path / "fig")
    first, second, other, off = kept[0].axes
    assert [axis.get_title() for axis in (first, second, other)] == [
        "Figure 2: ONE", "Figure 3: TWO", "Figure 2: ONE-PUBLISHED",
    ]  # fmt: skip
    np.testing.assert_allclose(first.lines[0].get_xydata(), [[1, 2.0], [2, 1.0]])
    np.testing.assert_allclose(first.lines[1].get_ydata(), [3.0, 4.0])
    assert first.get_ylim() == second.get_ylim()
    assert first.get_ylim()[1] > 18
    assert not off.axison
    plt.close(kept[0])

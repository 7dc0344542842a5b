"""Curves are means over folds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from segrepro.report.figures import learning_curves
from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun


def test_a_line_a_run_is_the_mean_over_folds_by_epoch(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(learning_curves, "save_figure", lambda figure, stem: kept.append(figure))
    curves = pd.DataFrame({"run": "one", "fold": [0, 0, 1, 1], "epoch": [0, 1, 0, 1], "train_loss": [1.0, 0.5, 3, 1.5]})
    curves["validation_dice"] = [0.1, 0.2, 0.3, 0.4]
    runs = [ReportedRun(name="one", experiment="one", protocol="clean")]
    spec = FigureSpec(title="", kind="learning_curves", experiments=["one"])
    learning_curves.draw(Drawing(None, curves, None), spec, learning_curves.Options(), runs, tmp_path / "fig")
    loss, dice = kept[0].axes
    np.testing.assert_allclose(loss.lines[0].get_xydata(), [[1, 2.0], [2, 1.0]])
    np.testing.assert_allclose(dice.lines[0].get_ydata(), [0.2, 0.3])
    assert (loss.get_ylabel(), dice.get_ylabel()) == ("Training loss", "Validation Dice")
    plt.close(kept[0])

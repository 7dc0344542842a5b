"""All figures of a study are written, or none."""

import errno
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from segrepro.report.figures import _drawing, attention
from segrepro.report.figures._drawing import Drawing, Settings
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.errors import DiskError
from segrepro.utils.plot_style import save_figure
from tests.raised import raised
from workflow_scripts import draw_figures


def noise(drawing, spec, options, runs, stem):
    """A kind of figure."""
    figure, axis = plt.subplots()
    axis.plot(np.random.default_rng(0).random(9))
    save_figure(figure, stem)
    return "Noise."


def draw_over_former(monkeypatch, folder, kinds):
    """Draw figures of such kinds for a study without scores into a folder in which a former one stands."""
    folder.mkdir()
    (folder / "former.png").write_text("former")
    drawing = Drawing(None, pd.DataFrame({"epoch": [1]}), None)
    monkeypatch.setattr(draw_figures, "read_drawing", lambda *_: drawing)
    modules = {kind: SimpleNamespace(draw=draw, Options=attention.Options) for kind, draw in kinds.items()}
    monkeypatch.setattr(_drawing, "figure_module", modules.get)
    figures = {f"fig_{kind}": FigureSpec(title="", kind=kind, experiments=["unet"]) for kind in kinds}
    runs = [ReportedRun(name="unet", experiment="unet", protocol="clean")]
    draw_figures.main(Settings(study="xnet", runs=runs, figures=figures), [], [], [], [], folder)


def test_figures_that_the_study_no_longer_has_go(tmp_path, monkeypatch):
    draw_over_former(monkeypatch, tmp_path / "figures", {"boxes": noise, "contours": noise})
    names = {"fig_boxes.png", "fig_boxes.svg", "fig_contours.png", "fig_contours.svg", "figures.json", "curves.csv"}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == names


def test_a_disk_that_is_full_leaves_the_figures_of_before(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with raised(DiskError, where="figures", found="no space left on device", remedy="Make room"):
        draw_over_former(monkeypatch, tmp_path / "figures", {"boxes": noise, "contours": full})
    assert [path.name for path in tmp_path.rglob("*")] == ["figures", "former.png"]

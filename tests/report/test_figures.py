"""Figures of scans: which cases and runs they show, in which window and place."""

import errno
import json
import subprocess
import sys
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from segrepro.datasets.case import Case
from segrepro.images.io import read_image, write_image
from segrepro.networks import build_network
from segrepro.preprocessing.preparation import Preparation
from segrepro.preprocessing.write_cases import write_batch
from segrepro.report.figures import _drawing, attention, figure_kinds, synthesis
from segrepro.report.figures._drawing import Drawing, Settings
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.errors import DiskError
from segrepro.utils.plot_style import figure_style, save_figure
from tests.models import save
from tests.scans import affine_of
from workflow_scripts import draw_figures

SHAPE = (40, 30, 5)
SPEC = FigureSpec(title="", kind="synthesis", experiments=["one"], cases=2)


@pytest.fixture
def write_study(tmp_path):
    """write_study(runs, preparation) -> what figures of three volumes are drawn from, and the runs."""

    def write(runs: list[str], preparation: Preparation) -> tuple[Drawing, list[ReportedRun]]:
        cases, rows = [], []
        for number in range(3):
            scan = np.random.default_rng(number).normal(100, 20, SHAPE).astype(np.float32)
            scan[0, 0, 2] = 5000  # what the 99th percentile cuts off
            label = np.zeros(SHAPE, np.uint8)
            label[10 : 14 + number, 5:12, 2] = 1
            made = np.clip((scan - scan.min()) / (np.percentile(scan, 99) - scan.min()), 0, 1)
            for name, array in {"dwi": scan, "label": label, "made": made}.items():
                write_image(tmp_path / f"c{number}.{name}.nii.gz", array, affine_of("LPS", (1.0, 2.0, 5.0)))
            files = {name: tmp_path / f"c{number}.{name}.nii.gz" for name in ("dwi", "label", "made")}
            cases.append(Case(f"c{number}", f"c{number}", "", images={"dwi": files["dwi"]}, labels=(files["label"],)))
            row = {
                "case": f"c{number}",
                "patient": "",
                "site": "",
                "images": json.dumps({"dwi": str(files["dwi"])}),
                "checkpoint": "best",
            }
            row |= {"labels": json.dumps([str(files["label"])]), "label_ranges": "[]", "image": str(files["made"])}
            row |= {"prediction": str(files["label"]), "learned": "[1]"}
            rows += [row | {"run": run, "model": str(tmp_path / run)} for run in runs]
        write_batch(cases, preparation, tmp_path / "prepared")
        prepared = [str(tmp_path / "prepared/cases.json")]
        reported = [ReportedRun(name=run, experiment=run, protocol="clean", prepared=prepared) for run in runs]
        return Drawing(pd.DataFrame(rows), None, None), reported

    return write


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


def write_network(folder, name):
    network = build_network(name, 1, 1, base_width=8)
    with torch.no_grad():
        torch.manual_seed(0)
        network(torch.rand(2, 1, 32, 32))
    card = {"network": name, "in_channels": 1, "out_channels": 1, "options": {"base_width": 8}, "channels": ["dwi"]}
    save(folder, network, **card)


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
    draw_figures.main(Settings(study="xnet", runs=runs, figures=figures), [], [], [], folder)


def test_kinds_of_figure_and_their_options_need_no_heavy_library():
    code = """
import sys
from segrepro.report.figures import figure_kinds, figure_options
assert all(figure_options(kind).model_fields is not None for kind in figure_kinds())
print({"torch", "pandas", "matplotlib"} & {*sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
    assert {"contours", "learning_curves", "attention"} <= {*figure_kinds()}


def test_figures_that_the_study_no_longer_has_go(tmp_path, monkeypatch):
    draw_over_former(monkeypatch, tmp_path / "figures", {"boxes": noise, "contours": noise})
    names = {"fig_boxes.png", "fig_boxes.svg", "fig_contours.png", "fig_contours.svg", "figures.json", "curves.csv"}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == names


def test_a_disk_that_is_full_leaves_the_figures_of_before(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskError, match=r"figures: found no space left on device; .* Make room"):
        draw_over_former(monkeypatch, tmp_path / "figures", {"boxes": noise, "contours": full})
    assert [path.name for path in tmp_path.rglob("*")] == ["figures", "former.png"]


def test_attention_is_drawn_for_every_case_and_run_as_large_as_the_image(write_study, tmp_path, monkeypatch):
    names = ["hlenet", "hlenet_hfe", "hlenet_lfe"]
    drawing, runs = write_study(names, Preparation(size=(32, 32), start=(0, 4)))
    for name in names:
        write_network(tmp_path / name, name)
    drawn = []
    monkeypatch.setattr(attention, "draw_attention", lambda panels, stem: drawn.extend(panels))
    attention.draw(drawing, SPEC, attention.Options(), runs, tmp_path / "fig")
    assert [panel.title for panel in drawn] == [f"{run}\n{case}" for case in ("c0", "c2") for run in names]
    assert [{name[:3] for name in panel.maps} for panel in drawn[:3]] == [{"lfe", "hfe"}, {"hfe"}, {"lfe"}]
    assert all(panel.image.shape == (30, 40) and panel.aspect == 2 for panel in drawn)
    assert drawn[0].truth.any()
    # Columns 4 to 36 and rows 0 to 32 of the slice, counted from the back; it has 30.
    assert drawn[0].extent == (3.5, 35.5, 29.5, -2.5)


def test_maps_lie_on_what_they_look_at(write_study, tmp_path, monkeypatch):
    """A map that is the prepared slice itself covers the image, wherever the crop lies and however it is resized."""
    from segrepro.networks import attention_maps as hooks

    preparation = Preparation(size=(40, 60), resize=(60, 80), start=(10, 16), normalization="max")
    drawing, runs = write_study(["hlenet"], preparation)
    write_network(tmp_path / "hlenet", "hlenet")
    monkeypatch.setattr(hooks, "attention_maps", lambda network, images: {"lfe_1": images})
    drawn = []
    monkeypatch.setattr(attention, "draw_attention", lambda panels, stem: drawn.extend(panels))
    attention.draw(drawing, SPEC, attention.Options(), runs, tmp_path / "fig")
    panel = drawn[0]
    left, right, bottom, top = (edge + 0.5 for edge in panel.extent)
    seen = panel.image[round(top) : round(bottom), round(left) : round(right)]
    assert seen.shape == (20, 30)
    halved = panel.maps["lfe_1"].reshape(20, 2, 30, 2).mean((1, 3))
    assert np.corrcoef(halved.ravel(), seen.ravel())[0, 1] > 0.9


def test_a_real_figure_of_attention_is_written(write_study, tmp_path):
    drawing, runs = write_study(["hlenet"], Preparation(size=(32, 32)))
    write_network(tmp_path / "hlenet", "hlenet")
    with figure_style():
        caption = attention.draw(drawing, SPEC, attention.Options(), runs, tmp_path / "fig")
    assert caption.startswith("Yellow: truth")
    assert (tmp_path / "fig.svg").read_text().count("<!-- LFE 1/8 -->") == 2
    assert read_image(tmp_path / "fig.png").array.shape[1] > 500

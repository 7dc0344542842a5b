"""Figures that show masks on scans and scores in boxes: what is drawn, on phantoms and on real scans."""

import json
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.io import read_image, write_image
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan
from segrepro.preprocessing.features.area_opening import area_opening
from segrepro.preprocessing.normalization import requantise8
from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import figure_style
from tests.scans import SMALL_PHANTOMS

RUNS = [ReportedRun(name=name, experiment=name, protocol="clean") for name in ("fcn", "fcn_no_residue")]


def drawing_of(cases, folder) -> Drawing:
    """Predictions of two runs: the truth moved by one voxel, and by two."""
    rows = []
    for case in cases:
        path = case.images["flair"]
        scan = read_scan(path)
        truth = read_label(case.labels, scan, path, case.label_ranges)
        files = {"images": json.dumps({role: str(p) for role, p in case.images.items()})}
        files |= {"labels": json.dumps([str(p) for p in case.labels]), "label_ranges": json.dumps(case.label_ranges)}
        files |= {"learned": "[1]"}
        for shift, run in enumerate(RUNS, 1):
            mask = folder / run.name / f"{case.id}.nii.gz"
            write_image(mask, np.roll(truth == 1, shift, 0).astype(np.uint8), scan.affine)
            row = {"run": run.name, "case": case.id, "patient": case.id, "site": "", "prediction": str(mask)}
            rows.append(row | files)
    return Drawing(pd.DataFrame(rows), pd.DataFrame(), pd.DataFrame())


def drawn(kind: str, drawing: Drawing, stem, monkeypatch, **options):
    """The figure before it is closed, its caption, and its picture on disk."""
    module, kept = import_module(f"segrepro.report.figures.{kind}"), []
    save = module.save_figure
    monkeypatch.setattr(module, "save_figure", lambda figure, path: (kept.append(figure), save(figure, path)))
    with figure_style():
        spec = FigureSpec(title="", kind=kind, experiments=["fcn"])
        caption = module.draw(drawing, spec, module.Options(**options), RUNS, stem)
    assert stem.with_suffix(".svg").stat().st_size > 1000
    picture = read_image(stem.with_suffix(".png")).array
    assert np.ptp(picture) > 200
    return kept[0], caption, picture


@pytest.fixture(scope="module")
def wmh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wmh")
    write_phantom("wmh2017", folder / "data", **SMALL_PHANTOMS["wmh2017"])
    return drawing_of(open_dataset("wmh2017", folder / "data").cases, folder)


def images_of(axis) -> np.ndarray:
    return np.asarray(axis.images[0].get_array())


def volume_of(drawing: Drawing, case: str) -> float:
    row = drawing.prediction(RUNS[0], case)
    label = read_image(json.loads(row["labels"])[0])
    return np.count_nonzero(label.array == 1) * np.prod(label.spacing_mm)


def test_contours_show_every_run_beside_the_truth_from_small_to_large(wmh, tmp_path, monkeypatch):
    figure, caption, _ = drawn("contours", wmh, tmp_path / "fig", monkeypatch, background="t1")
    axes = np.reshape(figure.axes, (4, 3))
    assert [axis.get_title() for axis in axes[0]] == ["scan and truth", "fcn", "fcn_no_residue"]
    volumes = [volume_of(wmh, axis.get_ylabel()) for axis in axes[:, 0]]
    assert volumes == sorted(volumes)
    for line in axes:
        assert all(np.array_equal(images_of(axis), images_of(line[0])) for axis in line)
    # Lesions of the truth and of a prediction; other pathology, neither learned nor scored, has no contour.
    assert [len(axis.collections) for axis in axes[-1]] == [1, 2, 2]
    assert "Yellow: truth; blue: prediction" in caption


def check_residue(figure, area: int) -> None:
    for line in np.reshape(figure.axes, (-1, 5)):
        flair, opened, residue, *_ = (images_of(axis) for axis in line)
        np.testing.assert_array_equal(opened, area_opening(flair, area))
        np.testing.assert_array_equal(residue, flair - opened)
        assert residue.max() > 0
        assert {axis.images[0].get_clim() for axis in (*line[:2], *line[3:])} == {(0, 255)}
        assert 0 == line[2].images[0].get_clim()[0] < line[2].images[0].get_clim()[1] < 255


def test_the_residue_is_what_the_opening_removed(wmh, tmp_path, monkeypatch):
    figure, caption, _ = drawn("residue", wmh, tmp_path / "fig", monkeypatch, of="flair", area_px=12)
    titles = [axis.get_title() for axis in figure.axes[:5]]
    assert titles == ["FLAIR", "area opening", "residue", "truth", "prediction"]
    check_residue(figure, 12)
    assert "under 12 pixels" in caption
    assert "Prediction of fcn." in caption


def test_the_residue_of_real_patients_stands_out_in_their_lesions(real_data, tmp_path, monkeypatch):
    cases = open_dataset("wmh2017", real_data / "wmh-like").cases
    drawing = drawing_of(cases, tmp_path)
    figure, _, picture = drawn("residue", drawing, tmp_path / "fig", monkeypatch, of="flair", area_px=100)
    check_residue(figure, 100)
    assert picture.shape[0] > 300
    for case in cases:
        scan, label = read_scan(case.images["flair"]), read_image(case.labels[0]).array
        slices = np.moveaxis(requantise8(scan.array), 2, 0)
        residue = np.stack([plane - area_opening(plane, 100) for plane in slices]).astype(float)
        lesion = np.moveaxis(label, 2, 0) == 1
        assert residue[lesion].mean() > 2 * residue[~lesion].mean()


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

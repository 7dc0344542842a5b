"""The residue of an area opening, drawn."""

import numpy as np

from segrepro.datasets import open_dataset
from segrepro.images.io import read_image
from segrepro.images.scans import read_scan
from segrepro.preprocessing.features.area_opening import area_opening
from segrepro.preprocessing.normalization import requantise8
from tests.report.figures.drawings import drawing_of, drawn, images_of


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

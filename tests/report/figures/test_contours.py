"""Contours of every run beside the truth."""

import json

import numpy as np

from segrepro.images.io import read_image
from segrepro.report.figures._drawing import Drawing
from tests.report.figures.drawings import RUNS, drawn, images_of


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

"""What was found where each label is."""

import json

import numpy as np
import pandas as pd
import pytest

from segrepro.images.io import write_image
from segrepro.report.figures import confusion
from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import figure_style

RANGES = "[[1, 1, 1], [4, 4, 4]]"


def write(path, values) -> str:
    array = np.asarray(values, np.uint8).reshape(2, 3, 2)
    write_image(path, array, np.eye(4))
    return str(path)


def test_the_shares_of_all_cases_by_hand(tmp_path, monkeypatch):
    rows = []
    # Reference label 4 is found as 4 in three of four voxels, as 1 in one; one voxel of label 1 is missed.
    for case, found in (("a", [4, 4, 1, 0] + [0] * 8), ("b", [4, 4, 4, 1] + [0] * 8)):
        truth = [4, 4, 4, 1] + [0] * 8
        files = {"images": json.dumps({"ct": write(tmp_path / f"{case}.nii.gz", range(12))})}
        files |= {"labels": json.dumps([write(tmp_path / f"{case}-label.nii.gz", truth)]), "label_ranges": RANGES}
        mask = write(tmp_path / f"{case}-mask.nii.gz", found)
        rows.append({"run": "one", "case": case, "patient": case, "site": "", "prediction": mask} | files)
    kept = []
    monkeypatch.setattr(confusion, "save_figure", lambda figure, stem: kept.append(figure))
    spec = FigureSpec(title="", kind="confusion", experiments=["one"])
    runs = [ReportedRun(name="one", experiment="one", protocol="clean", label="One")]
    options = confusion.Options(labels={1: "liver", 4: "spleen"})
    drawing = Drawing(pd.DataFrame(rows), pd.DataFrame(), pd.DataFrame())
    with figure_style():
        confusion.draw(drawing, spec, options, runs, tmp_path / "fig")
    (axis,) = kept[0].axes
    shares = np.asarray(axis.images[0].get_array())
    assert shares == pytest.approx(np.array([[100, 0, 0], [50, 50, 0], [0, 100 / 6, 500 / 6]]))
    assert [text.get_text() for text in axis.get_yticklabels()] == ["background", "liver", "spleen"]
    assert axis.get_title() == "One"

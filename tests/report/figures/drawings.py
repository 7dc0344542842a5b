"""What figures of masks are drawn from: the truth moved by one voxel, and by two."""

import json
from importlib import import_module

import numpy as np
import pandas as pd

from segrepro.images.io import read_image, write_image
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan
from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import figure_style

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


def images_of(axis) -> np.ndarray:
    return np.asarray(axis.images[0].get_array())

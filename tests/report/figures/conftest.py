"""Studies on disk that figures are drawn from."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.case import Case
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.io import write_image
from segrepro.preprocessing.preparation import Preparation
from segrepro.preprocessing.write_cases import write_batch
from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import ReportedRun
from tests.report.figures.drawings import drawing_of
from tests.report.figures.drawings_of_scans import SHAPE
from tests.scans import SMALL_PHANTOMS, affine_of


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    """Tests that look at a figure keep `save_figure` from closing it."""
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def wmh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wmh")
    write_phantom("wmh2017", folder / "data", **SMALL_PHANTOMS["wmh2017"])
    return drawing_of(open_dataset("wmh2017", folder / "data").cases, folder)


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

"""The volumes of the scSE study at demo scale, scored as its plan says and as CHAOS scores them."""

import json

import numpy as np
import pandas as pd
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.evaluation.case_scores import score_prediction, score_predictions
from segrepro.evaluation.metrics import chaos_scores
from segrepro.images.io import write_image
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan
from segrepro.report.spec import UnrunNetworks
from segrepro.utils.csv_files import read_csv, write_csv
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.report_settings import table_settings
from workflow_scripts import build_tables, count_parameters

PLAN = make_plan(load_config({"studies": "scse"}))


def prediction_of(case, folder) -> tuple[dict, np.ndarray]:
    """A row of predictions.csv whose mask is the truth moved by a voxel, and the truth."""
    (path,) = case.images.values()
    scan = read_scan(path)
    truth = read_label(case.labels, scan, path, case.label_ranges)
    mask = folder / f"{case.id}.nii.gz"
    write_image(mask, np.roll(truth, 1, 0), scan.affine)
    row = {"case": case.id, "patient": case.patient, "site": "", "fold": 0, "checkpoint": "best", "slices": ""}
    row |= {"images": json.dumps({role: str(path) for role, path in case.images.items()}), "image": ""}
    row |= {"labels": json.dumps([str(p) for p in case.labels]), "label_ranges": json.dumps(case.label_ranges)}
    return row | {"prediction": str(mask)}, truth


def run_named(name: str):
    return next(run for run in PLAN.runs["scse"] if run.name == name)


@pytest.mark.parametrize(("experiment", "organs"), [("scse_ct", 1), ("scse_mr", 4)])
def test_whole_volumes_get_the_challenges_measures_organ_by_organ(tmp_path, experiment, organs):
    run = run_named(experiment)
    write_phantom(run.dataset.spec.layout, tmp_path / "data", **run.dataset.spec.phantom | {"patients": 1})
    (case,) = open_dataset(run.dataset.spec.layout, tmp_path / "data").cases
    row, truth = prediction_of(case, tmp_path)
    scores = [r for r in score_prediction(row, PLAN.evaluation_settings(run.key)) if r["unit"] == "case"]
    assert [r["label"] for r in scores] == list(run.dataset.spec.labels.values())
    assert len(scores) == organs
    step, down, right = read_scan(next(iter(case.images.values()))).spacing_mm[::-1]
    for number, found in enumerate(scores, 1):
        expected = chaos_scores(np.roll(truth, 1, 0) == number, truth == number, (right, down, step))
        for measure, value in expected.items():
            assert found[f"chaos_{measure}"] == pytest.approx(value, rel=1e-5)


def test_the_tables_hold_them_and_say_nothing_where_slices_were_divided(tmp_path):
    """Both protocols of both networks on CT, one case each; the rows of the printed one stand without numbers."""
    spec = run_named("scse_ct").dataset.spec
    write_phantom(spec.layout, tmp_path / "data", **spec.phantom | {"patients": 1})
    row, _ = prediction_of(open_dataset(spec.layout, tmp_path / "data").cases[0], tmp_path)
    settings = table_settings(PLAN, "scse")
    runs = [run for run in settings.runs if run.experiment in ("unet_ct", "scse_ct")]
    tables = {"challenge_ct": settings.tables["challenge_ct"]}
    settings = settings.model_copy(update={"runs": runs, "tables": tables})
    files, cards = [], []
    for run in settings.runs:
        folder = tmp_path / run.name
        folder.mkdir()
        pd.DataFrame([row | {"slices": "0 3" if run.protocol == "published" else ""}]).to_csv(
            folder / "predictions.csv"
        )
        files.append(folder / "scores.csv")
        scoring = PLAN.evaluation_settings(run_named(run.name).key)
        scores = score_predictions(read_csv(folder / "predictions.csv"), scoring)
        write_csv(scores, files[-1])
        cards.append(folder / "model.json")
        card = {key: getattr(run, key) for key in ("name", "experiment", "protocol")} | {"fold": 0, "device": "cpu"}
        card |= {
            "training_seconds": 1.0,
            "checkpoint": "best",
            "network": "unet_chaos",
            "options": {},
            "parameters": {"total": 1, "at_full_width": 1},
        }
        cards[-1].write_text(json.dumps(card | {"in_channels": 1, "out_channels": 2}))
    parameters = tmp_path / "parameters.json"
    count_parameters.main(UnrunNetworks(networks=settings.unrun), parameters)
    build_tables.main(settings, files, cards, parameters, tmp_path / "tables")
    (table,) = json.loads((tmp_path / "tables/tables.json").read_text())["tables"]
    for found in (r for r in table["rows"] if r["run"]):
        for cell in found["cells"].values():
            assert cell["text"].startswith("- (note") if found["protocol"] == "published" else cell["mean"] >= 0
    assert {r["protocol"] for r in table["rows"] if r["run"]} == {"clean", "published"}

"""A replica of every edition on the whole way: read, checked, prepared, a training step, predicted, scored."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.fold_files import write_folds
from segrepro.datasets.folds import Folds, make_folds
from segrepro.datasets.integrity.check import inspect_dataset
from segrepro.datasets.releases.recognise import recognise
from segrepro.datasets.replicas import chaos
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.evaluation.case_scores import Settings as ScoringSettings
from segrepro.evaluation.case_scores import score_predictions
from segrepro.images.io import read_image
from segrepro.preprocessing.preparation import Preparation
from segrepro.preprocessing.write_cases import write_batch
from segrepro.training.settings import Settings
from segrepro.utils.csv_files import read_csv
from tests.training.test_trainer import settings
from workflow_scripts import predict_cases, train_model


class Way(NamedTuple):
    """replica: its settings. spacing_mm: of the scored case along its last axis; None where it differs by case."""

    release: str
    layout: str
    inputs: tuple[str, ...]
    labels: dict[int, str]
    replica: dict
    modalities: tuple[str, ...] | None = None
    ignore: int | None = None
    spacing_mm: float | None = None


FO = ("cbf", "cbv", "mtt", "tmax")
LESION = {1: "lesion"}
ORGANS = {1: "liver", 2: "right kidney", 3: "left kidney", 4: "spleen"}
WAYS = [
    Way("atlas", "atlas", ("t1",), LESION, {"shrink": 16, "cases": 4}, spacing_mm=15.75),
    Way("atlas_r1_2", "atlas", ("t1",), LESION, {"shrink": 16, "cases": 4}, spacing_mm=15.75),
    Way("atlas_r2", "atlas", ("t1",), LESION, {"shrink": 16, "cases": 4}, spacing_mm=15.75),
    Way("isles2018", "isles2018", FO, LESION, {"shrink": 16, "cases": 8}, FO, spacing_mm=5.0003),
    Way("isles2018_first", "isles2018", (*FO, "dwi"), LESION, {"shrink": 16, "cases": 8}, (*FO, "dwi"), None, 5.0003),
    Way("isles2022", "isles2022", ("dwi", "adc"), LESION, {"shrink": 8, "cases": 4}, ("dwi", "adc")),
    Way("isles2024", "isles2024", (*FO, "dwi"), LESION, {"shrink": 32, "cases": 4}, (*FO, "dwi")),
    Way("wmh2017", "wmh2017", ("flair", "t1"), {1: "wmh"}, {"shrink": 16, "cases": 4}, None, 2, 3.0),
    Way("wmh2017_zips", "wmh2017", ("flair", "t1"), {1: "wmh"}, {"shrink": 16, "cases": 4}, None, 2, 3.0),
    Way("chaos", "chaos_ct", ("ct",), {1: "liver"}, {}),
    Way("chaos", "chaos_mr", ("t2",), ORGANS, {}, spacing_mm=7.0),
    Way("isic2017", "isic2017", ("red", "green", "blue"), LESION, {"shrink": 40, "cases": 3}),
    Way("msd_spleen", "msd", ("ct",), {1: "spleen"}, {"shrink": 32, "cases": 4}),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.release}-{way.layout}")
def test_a_release_is_read_trained_on_and_scored(way, replica, tmp_path):
    folder = few_slices(tmp_path / "chaos") if way.release == "chaos" else replica(way.release, **way.replica)
    dataset = open_dataset(way.layout, folder)
    assert inspect_dataset(dataset, recognise(folder, way.layout)[0]).faults == []
    slices = "none" if way.layout == "isic2017" else "axial"
    preparation = Preparation(slices=slices, modalities=way.modalities, size=(32, 32))
    write_batch(dataset.cases, preparation, tmp_path / "batch0")
    write_folds(divided(dataset), tmp_path / "folds.csv")
    run = training(way, preparation)
    prepared = [tmp_path / "batch0/cases.json"]
    train_model.main(run, tmp_path / "folds.csv", prepared, [], tmp_path / "model")
    predict_cases.main(run, tmp_path / "model", tmp_path / "folds.csv", prepared, tmp_path / "predictions.csv")
    labels = run.dataset.label_map
    scoring = ScoringSettings(experiment="unet", labels=labels, empty="undefined", challenges=[], units=["case"])
    table = read_csv(tmp_path / "predictions.csv")
    scores = score_predictions(table, scoring)
    assert set(scores["label"]) == set(way.labels.values())
    assert scores["dice"].between(0, 1).all()
    predicted = table.iloc[0]
    case = next(case for case in dataset.cases if case.id == str(predicted["case"]))
    scan, mask = read_image(next(iter(case.images.values()))), read_image(predicted["prediction"])
    assert mask.array.shape == scan.array.shape[: mask.array.ndim]
    np.testing.assert_allclose(mask.affine, scan.affine, atol=1e-4)
    if way.spacing_mm:
        assert scan.spacing_mm[-1] == pytest.approx(way.spacing_mm)


def few_slices(folder):
    """Patients of CHAOS with eight slices in place of a hundred, one of them with pixels of 49,944 HU."""
    for number in (1, 2, 10, 21):
        chaos._write_ct(chaos.Patient("train", number, (8, 0)), folder, ReplicaSettings(shrink=32))
        chaos._write_mr(chaos.Patient("train", number, (8, 4)), folder, ReplicaSettings(shrink=16))
    return folder


def divided(dataset) -> pd.DataFrame:
    """By the official parts where there are some to train on and to score, else two patients of the others."""
    rows = [{"case": c.id, "patient": c.patient, "site": c.site, "part": c.part} for c in dataset.cases]
    official = dataset.layout == "isic2017"
    folds = Folds(by="official", count=1) if official else Folds(count=1, test_fraction=0.34, validation_fraction=0.34)
    return make_folds(pd.DataFrame(rows), folds, "clean")


def training(way: Way, preparation: Preparation) -> Settings:
    """One epoch of a narrow U-Net."""
    base = settings(1).model_dump(mode="json")
    base["dataset"] |= {"labels": way.labels, "ignore_label": way.ignore, "source": "folder"}
    many = len(way.labels) > 1
    base |= {
        "network": "unet", "options": {"base_width": 2}, "inputs": list(way.inputs),
        "preparation": preparation.model_dump(mode="json"), "loss": "pixel_sum_ce" if way.ignore else "ce",
        "loss_options": {"ignore_index": 255} if way.ignore else {},
        "activation": "softmax" if many or way.ignore else "sigmoid",
    }  # fmt: skip
    return Settings.model_validate(base)

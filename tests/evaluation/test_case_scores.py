"""Scores of predictions on disk: labels, slices, what is left out, and synthesised images."""

import json

import numpy as np
import pytest

from segrepro.datasets import Case
from segrepro.datasets.label_map import LabelMap
from segrepro.evaluation.case_scores import Settings, score_prediction
from segrepro.evaluation.metrics import segmentation_metrics
from segrepro.images.io import write_image
from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.preprocessing.resize_crop import to_scan_grid
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.scans import affine_of

SHAPE = (12, 10, 4)


@pytest.fixture
def row(tmp_path):
    """A case with labels 1, 2 and 3 in its reference, and a prediction of the first two."""
    rng = np.random.default_rng(0)
    affine = affine_of("LPS", (1.0, 2.0, 3.0))
    reference = np.zeros(SHAPE, np.uint8)
    reference[2:6, 2:6, 1:3], reference[7:10, 3:8, 1:3], reference[0, 0, 0] = 10, 20, 30
    prediction = np.zeros(SHAPE, np.uint8)
    prediction[3:6, 2:6, 1:3], prediction[7:10, 3:8, 2:4], prediction[0, 0, 0] = 1, 2, 1
    for name, array in {
        "scan": rng.normal(0, 1, SHAPE).astype(np.float32),
        "label": reference,
        "mask": prediction,
    }.items():
        write_image(tmp_path / f"{name}.nii.gz", array, affine)
    return {
        "fold": 0,
        "case": "a",
        "patient": "p",
        "site": "s",
        "checkpoint": "best",
        "images": json.dumps({"t1": str(tmp_path / "scan.nii.gz")}),
        "labels": json.dumps([str(tmp_path / "label.nii.gz")]),
        "label_ranges": "[[10, 10, 1], [20, 20, 2], [30, 30, 3]]",
        "prediction": str(tmp_path / "mask.nii.gz"),
        "image": "",
        "slices": "",
    }


LABELS = LabelMap(values={1: "liver", 2: "spleen"})
SETTINGS = Settings(experiment="scse", labels=LABELS, empty="undefined", challenges=[], units=["case"])


def settings_with(**changes) -> Settings:
    return SETTINGS.model_copy(update=changes)


def truth_of(row, value):
    from segrepro.images.io import read_image

    return read_image(json.loads(row["labels"])[0]).array == value


def test_each_label_is_scored_with_the_scans_own_spacing(row):
    liver, spleen = score_prediction(row, SETTINGS)
    assert (liver["label"], spleen["label"], liver["site"], liver["unit"]) == ("liver", "spleen", "s", "case")
    found = np.zeros(SHAPE, bool)
    found[7:10, 3:8, 2:4] = True
    expected = segmentation_metrics(found, truth_of(row, 20), (1.0, 2.0, 3.0))
    assert {key: spleen[key] for key in expected} == pytest.approx(expected, nan_ok=True)
    assert spleen["dice"] == pytest.approx(0.5)


def test_an_ignored_label_counts_neither_for_nor_against(row):
    with_it, without = (
        score_prediction(row, settings_with(labels=LABELS.model_copy(update={"ignored": ignored})))[0]
        for ignored in (None, 3)
    )
    assert with_it["precision"] == pytest.approx(24 / 25)
    assert without["precision"] == 1.0


def test_slices_are_rows_of_their_own_and_only_those_chosen(row):
    settings = settings_with(units=["case", "slice"], empty="scse")
    rows = score_prediction(row, settings)
    slices = [r for r in rows if r["unit"] == "slice" and r["label"] == "spleen"]
    assert [r["case"] for r in slices] == ["a/0", "a/1", "a/2", "a/3"]
    assert [r["dice"] for r in slices] == [1.0, 0.0, 1.0, 0.0]
    chosen = [r for r in score_prediction(row | {"slices": "1 2"}, settings) if r["unit"] == "slice"]
    assert {r["case"] for r in chosen} == {"a/1", "a/2"}


def test_distances_in_a_slice_are_in_mm_along_rows_and_columns(row):
    rows = score_prediction(row, settings_with(units=["slice"]))
    liver = next(r for r in rows if r["case"] == "a/1" and r["label"] == "liver")
    assert liver["hd_mm"] == pytest.approx(1.0)


def test_a_challenges_own_measures_stand_beside_with_its_name(row):
    liver, _ = score_prediction(row, settings_with(challenges=["chaos"]))
    assert liver["chaos_dice"] == pytest.approx(liver["dice"])
    assert "chaos_mssd_mm" in liver


def test_a_synthesised_image_is_scored_against_the_scaled_target(tmp_path, row):
    rng = np.random.default_rng(1)
    real = rng.uniform(0, 1000, (16, 14, 4)).astype(np.float32)
    label = np.zeros(real.shape, np.uint8)
    label[4:9, 4:9, 1] = 1
    clipped = np.minimum(real, np.percentile(real, 99))
    made = (clipped - clipped.min()) / np.ptp(clipped)
    for name, array in {"dwi": real, "label": label, "made": made}.items():
        write_image(tmp_path / f"{name}.nii.gz", array, affine_of())
    paths = {name: str(tmp_path / f"{name}.nii.gz") for name in ("dwi", "label", "made")}
    row |= {"images": json.dumps({"dwi": paths["dwi"]}), "labels": json.dumps([paths["label"]])}
    row |= {"label_ranges": "[]", "prediction": "", "image": paths["made"]}
    (scores,) = score_prediction(row, settings_with(target="dwi", target_normalization="p99"))
    assert scores["ssim"] > 0.999
    assert scores["local_psnr"] > 50
    assert "dice" not in scores


@pytest.mark.parametrize("normalization", ["minmax", {"dwi": "max"}, {"default": "p99"}])
def test_a_target_is_scaled_for_the_scores_as_for_the_training(tmp_path, row, normalization):
    """An image that is the prepared target itself has an error of 0, whatever the study's scaling."""
    overrides = {"pseudo_dwi": {"preparation": {"normalization": normalization}}}
    plan = make_plan(load_config({"studies": "pseudo_dwi", "overrides": overrides}))
    run = next(run for run in plan.all_runs.values() if run.experiment == "full")
    real = np.random.default_rng(1).uniform(100, 1000, (16, 14, 4)).astype(np.float32)
    files = {name: tmp_path / f"{name}.nii.gz" for name in ("dwi", "label")}
    write_image(files["dwi"], real, affine_of())
    write_image(files["label"], (real > 500).astype(np.uint8), affine_of())
    preparation = Preparation.model_validate(
        run.resolved.preparation.model_dump() | {"modalities": ["dwi"], "size": [14, 16]}
    )
    found = prepare_case(Case("a", "p", "", {"dwi": files["dwi"]}), preparation)
    made = to_scan_grid(found.arrays["dwi"].astype(np.float32), found.record)
    write_image(tmp_path / "made.nii.gz", made, affine_of())
    row |= {"images": json.dumps({"dwi": str(files["dwi"])}), "labels": json.dumps([str(files["label"])])}
    row |= {"label_ranges": "[]", "prediction": "", "image": str(tmp_path / "made.nii.gz")}
    (scores,) = score_prediction(row, plan.evaluation_settings(run.key))
    assert scores["psnr"] == np.inf


def test_a_synthesised_picture_keeps_its_grey_values_and_is_scored_by_them(tmp_path):
    from segrepro.images.io import read_synthesised, write_synthesised

    rng = np.random.default_rng(0)
    real = rng.integers(0, 256, (40, 36), dtype=np.uint8)
    label = np.zeros(real.shape, np.uint8)
    label[10:20, 10:20] = 255
    for name, array in {"scan": real, "label": label}.items():
        write_image(tmp_path / f"{name}.png", array, np.eye(4))
    # What a perfect network gives: the real picture, scaled as the target of training.
    made = np.clip(real / np.percentile(real, 99), 0, 1).astype(np.float32)
    image = str(tmp_path / "made.png")
    write_synthesised(image, made, np.eye(4))
    np.testing.assert_allclose(read_synthesised(image), made, atol=0.5 / 255 + 1e-6)
    row = dict.fromkeys(("fold", "patient", "site", "checkpoint", "prediction", "slices"), "")
    row |= {"case": "a", "image": image, "images": json.dumps({"t1": str(tmp_path / "scan.png")})}
    row |= {"labels": json.dumps([str(tmp_path / "label.png")]), "label_ranges": "[]"}
    (scores,) = score_prediction(row, settings_with(target="t1", target_normalization="p99"))
    assert scores["psnr"] > 50
    assert scores["ssim"] > 0.99


def test_pictures_may_be_scored_at_another_size(tmp_path):
    """A square of 4 in 8 x 12 pixels is one of 2 in 4 x 6, where a prediction has a column too many or none."""
    reference, prediction = np.zeros((8, 12), np.uint8), np.zeros((8, 12), np.uint8)
    reference[2:6, 4:8], prediction[2:6, 4:9] = 255, 1
    for name, array in {"image": reference, "mask": reference, "found": prediction}.items():
        write_image(tmp_path / f"{name}.png", array, np.eye(4))
    kept = {"fold": 0, "case": "a", "patient": "a", "site": "", "checkpoint": "best", "slices": "", "image": ""}
    files = {"images": json.dumps({"t1": str(tmp_path / "image.png")}), "label_ranges": "[]"}
    files |= {"labels": json.dumps([str(tmp_path / "mask.png")]), "prediction": str(tmp_path / "found.png")}
    settings = {"experiment": "e", "labels": LabelMap(values={1: "lesion"}), "empty": "undefined", "challenges": []}
    dice = {}
    for size in (None, (4, 6), (8, 12)):
        (row,) = score_prediction(kept | files, Settings(**settings, units=["case"], scored_size=size))
        dice[size] = row["dice"]
    assert [dice[None], dice[8, 12]] == pytest.approx([2 * 16 / (16 + 20)] * 2)
    assert any(dice[4, 6] == pytest.approx(value) for value in (1.0, 2 * 4 / (4 + 6)))

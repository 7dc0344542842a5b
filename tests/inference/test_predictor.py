"""One predictor: the mask of a held-out case in the tables and that of a user's scan are the same, voxel by voxel."""

import numpy as np
import pandas as pd
import pytest
import torch

from segrepro.datasets.case import Case
from segrepro.datasets.fold_files import write_folds
from segrepro.images.io import read_image, read_synthesised, write_image
from segrepro.inference.predictor import MIRRORINGS, Predictor, likeliest
from segrepro.inference.scans import segment_files
from segrepro.networks import build_network
from segrepro.networks.pseudo_dwi import Synthesis
from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.preprocessing.write_cases import write_batch
from segrepro.training.model import load_model, read_card
from segrepro.training.settings import Settings
from segrepro.utils.csv_files import read_csv
from tests.models import save, write_model
from workflow_scripts import predict_cases

CPU = torch.device("cpu")
SHAPE = (20, 18, 5)
LABELS = {"1": "liver", "3": "kidney", "63": "spleen"}
GRIDS = {
    "cropped": {"size": [16, 16]},
    "resized": {"resize": [32, 32], "size": [32, 32]},
    "resized and cropped": {"resize": [40, 36], "size": [32, 32]},
}
TRAINING_SPACING = {"low": [1, 0.4, 0.4], "high": [3, 1, 1]}


def scan(path, seed: int = 0):
    """A volume of noise whose axes are not those of RAS+."""
    array = np.random.default_rng(seed).random(SHAPE).astype(np.float32)
    write_image(path, array, np.diag([-1.0, 1.0, 3.0, 1.0]))
    return path


def workflow_prediction(folder, model, images: dict) -> dict:
    """The row of predictions.csv that the workflow's job gives for a case with these images."""
    card = read_card(model)
    write_batch([Case("a", "a", "", images)], card.preparation, folder / "prepared")
    row = {"fold": card.fold, "case": "a", "patient": "a", "part": "test", "slices": ""}
    write_folds(pd.DataFrame([row]), folder / "folds.csv")
    kept = card.model_dump(include=set(Settings.model_fields))
    more = {"task_options": {}, "loss_options": {}, "inputs": None, "init_from": None, "device": "cpu", "threads": 1}
    settings = Settings.model_validate(kept | more)
    output = folder / "predictions.csv"
    predict_cases.main(settings, model, folder / "folds.csv", [folder / "prepared/cases.json"], output)
    return read_csv(output).to_dict("records")[0]


def model_of(kind: str, folder, preparation: dict):
    """A model with random weights of every kind that segments."""
    options = {"size": preparation["size"], "preparation": {"slices": "axial"} | preparation}
    options["training_spacing_mm"] = TRAINING_SPACING
    if kind == "one label":
        return write_model(folder, **options)
    if kind == "bfloat16":
        recipe = {"optimiser": {"name": "adam", "lr": 1e-3}, "epochs": 1, "batch_size": 1, "precision": "bfloat16"}
        return write_model(folder, recipe=recipe, **options)
    return write_model(folder, labels=LABELS, **options)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("kind", ["one label", "several labels", "bfloat16"])
def test_the_same_scan_gives_the_same_mask_in_the_tables_and_for_a_user(tmp_path, kind, grid):
    image, model = scan(tmp_path / "scan.nii.gz"), model_of(kind, tmp_path / "model", GRIDS[grid])
    row = workflow_prediction(tmp_path, model, {"t1": image})
    ((mask, found),) = segment_files([Case("b", "b", "", {"t1": image})], [model], tmp_path / "mask.nii.gz", "cpu")
    ours, theirs = (np.asarray(read_image(path).array) for path in (row["prediction"], mask))
    np.testing.assert_array_equal(ours, theirs)
    expected = {0, 1, 3, 63} if kind == "several labels" else {0, 1}
    assert set(np.unique(theirs)) <= expected
    assert len(np.unique(theirs)) > 1
    names = dict(zip((1, 3, 63), LABELS.values())) if kind == "several labels" else {1: "lesion"}
    assert found.voxels == {name: int((theirs == value).sum()) for value, name in names.items()}


@pytest.mark.parametrize("grid", GRIDS)
def test_a_threshold_gives_the_same_mask_in_both(tmp_path, grid):
    network = build_network("threshold", 1, 1)
    options = {"preparation": GRIDS[grid], "training_spacing_mm": TRAINING_SPACING}
    save(tmp_path / "model", network, network="threshold", options={}, **options)
    image = scan(tmp_path / "scan.nii.gz")
    row = workflow_prediction(tmp_path, tmp_path / "model", {"t1": image})
    ((mask, _),) = segment_files(
        [Case("b", "b", "", {"t1": image})], [tmp_path / "model"], tmp_path / "mask.nii.gz", "cpu"
    )
    np.testing.assert_array_equal(read_image(row["prediction"]).array, read_image(mask).array)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("task", ["pseudo_dwi", "two_step"])
def test_a_network_that_makes_an_image_gives_the_same_mask_and_image_in_both(tmp_path, task, grid):
    torch.manual_seed(0)
    channels = ["cbf", "cbv"]
    options = {"groups": {"fo": 2}, "base_width": 4, "segmenter": "unet"}
    network = build_network("pseudo_dwi", 2, 1, **options)
    save(
        tmp_path / "model", network, network="pseudo_dwi", options=options, task=task, channels=channels,
        modalities=channels, in_channels=2, target="dwi", preparation=GRIDS[grid], training_spacing_mm=TRAINING_SPACING,
    )  # fmt: skip
    images = {role: scan(tmp_path / f"{role}.nii.gz", seed) for seed, role in enumerate(channels)}
    row = workflow_prediction(tmp_path, tmp_path / "model", images)
    ((mask, found),) = segment_files(
        [Case("b", "b", "", images)], [tmp_path / "model"], tmp_path / "mask.nii.gz", "cpu"
    )
    np.testing.assert_array_equal(read_image(row["prediction"]).array, read_image(mask).array)
    made = found.prediction.synthesised()
    assert made.shape == SHAPE
    np.testing.assert_array_equal(read_synthesised(row["image"]), made)


def test_a_synthesis_gives_an_image_and_no_mask(tmp_path):
    torch.manual_seed(0)
    options = {"groups": {"fo": 1}, "base_width": 4}
    network = build_network("synthesis", 1, 1, **options)
    save(
        tmp_path / "model", network, network="synthesis", options=options, task="synthesis", loss="l2", target="dwi",
        preparation={"size": [32, 32]},
    )  # fmt: skip
    row = workflow_prediction(tmp_path, tmp_path / "model", {"t1": scan(tmp_path / "scan.nii.gz")})
    assert row["prediction"] == ""
    assert read_synthesised(row["image"]).shape == SHAPE


@pytest.fixture
def predicted(tmp_path):
    """Gives the probabilities of prepared slices (S, C, H, W)."""
    case = Case("a", "a", "", {"t1": scan(tmp_path / "grid.nii.gz")})
    grid = prepare_case(case, Preparation(size=(16, 16))).record
    return lambda models, images, tta=False: Predictor(models, CPU, tta).predict(images, grid).probabilities


def test_an_ensemble_is_the_mean_of_probabilities_and_tta_that_of_mirrored_slices(tmp_path, predicted):
    models = [load_model(write_model(tmp_path / f"fold{seed}", seed=seed)) for seed in (0, 1)]
    images = np.random.default_rng(0).random((3, 1, 16, 16)).astype(np.float32)
    single = [predicted([model], images) for model in models]
    assert np.abs(single[0] - single[1]).max() > 0.01
    np.testing.assert_allclose(predicted(models, images), sum(single) / 2, atol=1e-6)
    mirrored = [np.flip(predicted(models[:1], np.flip(images, axes)), axes) for axes in MIRRORINGS]
    np.testing.assert_allclose(predicted(models[:1], images, tta=True), sum(mirrored) / 4, atol=1e-6)


@pytest.mark.parametrize("labels", [{"1": "lesion"}, LABELS])
def test_probabilities_are_those_of_the_plain_network(tmp_path, predicted, labels):
    model = load_model(write_model(tmp_path / "model", labels=labels))
    images = np.random.default_rng(0).random((5, 1, 32, 16)).astype(np.float16)
    found = predicted([model], images)
    with torch.inference_mode():
        logits = model.network(torch.from_numpy(images).float())
    expected = (logits.sigmoid() if len(labels) == 1 else logits.softmax(1)).numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert (likeliest(found) != likeliest(expected)).mean() < 1e-3


def test_the_image_that_is_segmented_on_is_made_once(tmp_path):
    torch.manual_seed(0)
    options = {"groups": {"fo": 2}, "base_width": 4, "segmenter": "unet"}
    network = build_network("pseudo_dwi", 2, 1, **options)
    save(
        tmp_path / "model", network, network="pseudo_dwi", options=options, task="two_step", channels=["cbf", "cbv"],
        modalities=["cbf", "cbv"], in_channels=2, target="dwi", preparation=GRIDS[next(iter(GRIDS))],
        training_spacing_mm=TRAINING_SPACING,
    )  # fmt: skip
    calls = []

    def note(module, inputs, output):
        if isinstance(module, Synthesis) and isinstance(inputs[0], torch.Tensor):  # not as it is traced
            calls.append(module)

    images = {modality: scan(tmp_path / f"{modality}.nii.gz", seed) for seed, modality in enumerate(["cbf", "cbv"])}
    handle = torch.nn.modules.module.register_module_forward_hook(note)
    workflow_prediction(tmp_path, tmp_path / "model", images)
    handle.remove()
    assert len(calls) == -(-SHAPE[2] // 2)  # two slices at once

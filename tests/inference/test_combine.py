"""Trained models together: their mean, mirrored, post-processed as the validation part says."""

import numpy as np
import pandas as pd
import pytest
import torch

from segrepro.images.labels import read_reference
from segrepro.inference.combine import Combination, combined_card
from segrepro.inference.predictor import Predictor
from segrepro.preprocessing.preparation import Preparation
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.preprocessing.write_cases import write_batch
from segrepro.training.model import digests, load_model
from segrepro.training.settings import Settings, Trained
from tests.models import write_model
from tests.scans import write_case

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("combine")
    cases = [write_case(folder, seed=number, name=name) for number, name in enumerate("abc")]
    write_batch(cases, Preparation(size=(16, 16)), folder / "prepared", 1)
    models = [load_model(write_model(folder / str(seed), seed=seed)) for seed in (0, 1)]
    return models, PreparedCases([folder / "prepared"])


def settings(models, **options) -> Settings:
    kept = {key: value for key, value in models[0].card.model_dump(mode="json").items() if key in Trained.model_fields}
    more = {"task_options": {}, "loss_options": {}, "inputs": None, "init_from": None, "device": "cpu", "threads": 1}
    own = {"name": "both", "network": "combined", "options": {"from": ["one", "other"]} | options, "hash": "abc"}
    return Settings.model_validate(kept | more | own)


def probabilities(model, cases, case, tta=False):
    images = np.stack([cases.array(case, "t1")], axis=1)
    return Predictor([model], CPU, tta).predict(images, cases.record(case)).probabilities


@pytest.mark.parametrize("tta", [False, True])
def test_a_mask_is_that_of_the_mean_probability(made, tta):
    models, cases = made
    found = Combination(settings(models, tta=tta), models, cases, CPU)._mean("a").probabilities
    mean = (probabilities(models[0], cases, "a", tta) + probabilities(models[1], cases, "a", tta)) / 2
    np.testing.assert_allclose(found, mean, atol=1e-6)
    assert np.abs(found - probabilities(models[0], cases, "a", tta)).max() > 1e-3


def test_post_processing_is_chosen_on_the_validation_part_alone(made):
    models, cases = made
    rows = [(0, "a", "train", ""), (0, "b", "validation", ""), (0, "c", "test", "")]
    folds = pd.DataFrame(rows, columns=["fold", "case", "part", "slices"])
    wanted = {"postprocess": {"largest_component": True, "remove_below_ml": [1e6]}}
    combination = Combination(settings(models[:1], **wanted), models[:1], cases, CPU)
    plain = combination.mask("c")
    seen = []
    combination._example = lambda name, real=combination._example: seen.append(name) or real(name)
    said = combination.choose(folds)
    assert seen == ["b"]
    assert said.startswith("post-processing chosen on the validation part of fold 0: ")
    if combination.steps:
        assert np.count_nonzero(combination.mask("c")) < np.count_nonzero(plain)
    else:
        np.testing.assert_array_equal(combination.mask("c"), plain)
    assert read_reference(cases.record("c"))[1].shape == plain.shape


def test_without_post_processing_nothing_is_chosen(made):
    models, cases = made
    assert Combination(settings(models), models, cases, CPU).choose(pd.DataFrame()) == ""


def test_the_card_counts_all_parameters_and_no_training(made):
    models, _ = made
    card = combined_card(settings(models), [model.card for model in models], {"best": b"", "last": b""})
    assert (card.network, card.options, card.name) == ("combined", {"from": ["one", "other"]}, "both")
    assert card.parameters.total == sum(model.card.parameters.total for model in models)
    assert (card.training_seconds, card.epochs) == (0, 0)
    assert card.sha256 == digests({"best": b"", "last": b""})

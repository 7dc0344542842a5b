"""One fold, from prepared cases to a model, without any file but the arrays."""

import numpy as np
import pytest
import torch
from safetensors.torch import load

from segrepro.datasets.fold_files import read_folds
from segrepro.datasets.label_map import LabelMap
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.training.slices import Slices
from segrepro.training.train import class_weights, part_slices, train
from segrepro.utils.errors import DataError
from tests.training.test_trainer import prepared, settings  # noqa: F401

CPU = torch.device("cpu")


@pytest.fixture
def opened(prepared):  # noqa: F811
    return PreparedCases([prepared / "batch0"]), read_folds(prepared / "folds.csv")


def test_a_training_gives_weights_a_card_and_a_row_a_round(opened, tmp_path):
    trained = train(settings(2), *opened, tmp_path, CPU)
    assert [row["epoch"] for row in trained.history] == [0, 1]
    assert trained.card.epochs == 2
    assert trained.card.channels == trained.card.modalities == ["image"]
    assert trained.card.training_spacing_mm.low == (1.0, 1.0, 1.0)
    best = trained.card.best_epoch - 1
    assert trained.card.validation == trained.history[best]
    assert load(trained.weights["best"]).keys() == load(trained.weights["last"]).keys()


def test_a_network_that_fits_itself_needs_one_round_and_no_checkpoint(opened, tmp_path):
    own = settings(2).model_copy(update={"network": "threshold", "options": {}})
    trained = train(own, *opened, tmp_path, CPU)
    assert (trained.card.epochs, trained.card.best_epoch, trained.card.parameters.trainable) == (1, 1, 0)
    assert list(trained.history[0]) == ["epoch", "step", "train_dice", "validation_dice"]
    assert not list(tmp_path.iterdir())


def test_a_part_without_cases_is_said(opened):
    with pytest.raises(DataError) as error:
        part_slices(*opened, settings(2).model_copy(update={"fold": 7}), "train")
    assert error.value.where == "xnet"


def test_classes_weigh_by_their_channels_and_what_is_ignored_does_not(tmp_path):
    stored = np.array([[0, 0, 0], [63, 2, 2]], np.uint8)[None]
    labels = LabelMap(values={1: "liver", 63: "spleen"}, ignored=2)
    weights = class_weights(Slices([[stored]], [stored], label_map=labels), 3)
    assert weights == pytest.approx([0.25, 0, 0.75])


def test_a_single_logit_has_two_classes_and_a_study_may_give_their_weights(opened, tmp_path):
    losses = []
    for weights in ({}, {"class_weights": [0.5, 0.5]}, {"class_weights": [1, 1]}):
        own = {"loss": "weighted_ce_dice", "loss_options": weights}
        trained = train(settings(1).model_copy(update=own), *opened, tmp_path / str(len(losses)), CPU)
        losses.append(trained.history[0]["train_loss"])
    assert losses[1] == pytest.approx(losses[2])  # only their ratio counts
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)

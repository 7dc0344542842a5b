"""Several models predict together only if they answer the same question."""

import numpy as np
import pytest

from segrepro.datasets.case import Case
from segrepro.images.io import write_image
from segrepro.inference.ensemble import load_ensemble, segment
from segrepro.inference.predictor import Predictor
from segrepro.utils.devices import choose_device
from segrepro.utils.errors import ModelError
from tests.models import write_model
from tests.scans import affine_of


def test_the_mean_of_two_models_lies_between_them(tmp_path):
    array = np.random.default_rng(0).normal(100, 20, (18, 21, 5)).astype(np.float32)
    write_image(tmp_path / "scan.nii.gz", array, affine_of("LAS", (1, 1, 3)))
    case = Case("scan", "", "", {"t1": tmp_path / "scan.nii.gz"})
    folders = [write_model(tmp_path / f"fold{seed}", seed=seed) for seed in (0, 1)]

    def probabilities(*paths):
        predictor = Predictor(load_ensemble(paths), choose_device("cpu"))
        return segment(case, predictor).prediction.probabilities

    one, other, both = probabilities(folders[0]), probabilities(folders[1]), probabilities(*folders)
    np.testing.assert_allclose(both, (one + other) / 2, atol=2e-2)


@pytest.mark.parametrize("other", [{"labels": {"2": "core"}}, {"size": (32, 32)}])
def test_models_of_other_labels_or_preparation_are_refused(tmp_path, other):
    folders = [write_model(tmp_path / "a"), write_model(tmp_path / "b", **other)]
    with pytest.raises(ModelError) as caught:
        load_ensemble(folders)
    assert str(folders[1]) in caught.value.where

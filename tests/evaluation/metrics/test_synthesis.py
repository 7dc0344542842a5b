"""Scores of a synthesised DWI against scikit-image, slice by slice."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from segrepro.evaluation.metrics.synthesis import synthesis_scores
from segrepro.utils.errors import MetricError
from tests.raised import raised


@pytest.fixture
def case():
    """(S, H, W) prediction outside [0, 1] in places, target, and a lesion in the second and third slice."""
    generator = np.random.default_rng(0)
    target = generator.random((4, 48, 40)).astype(np.float16)
    prediction = target.astype(np.float32) + generator.normal(0, 0.3, target.shape).astype(np.float32)
    label = np.zeros(target.shape, np.uint8)
    label[1, 20:26, 15:20] = 1
    label[2, 0:4, 30:40] = 2
    return prediction, target, label


def similarity(a: np.ndarray, b: np.ndarray) -> float:
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return structural_similarity(a, b, data_range=1, **options)


def test_global_scores_are_those_of_the_cut_prediction(case):
    prediction, target, _ = case
    cut, real = prediction.clip(0, 1).astype(float), target.astype(float)
    scores = synthesis_scores(*case)
    assert scores["psnr"] == pytest.approx(10 * np.log10(1 / np.mean((cut - real) ** 2)), rel=1e-6)
    assert scores["ssim"] == pytest.approx(np.mean([similarity(a, b) for a, b in zip(cut, real)]), abs=1e-6)


def test_local_scores_are_those_of_the_widened_boxes(case):
    prediction, target, _ = case
    cut, real = prediction.clip(0, 1).astype(float), target.astype(float)
    boxes = [(1, slice(10, 36), slice(5, 30)), (2, slice(0, 14), slice(20, 40))]
    pairs = [(cut[box], real[box]) for box in boxes]
    squares = np.concatenate([((a - b) ** 2).ravel() for a, b in pairs])
    scores = synthesis_scores(*case)
    assert scores["local_psnr"] == pytest.approx(-10 * np.log10(squares.mean()), rel=1e-6)
    assert scores["local_ssim"] == pytest.approx(np.mean([similarity(a, b) for a, b in pairs]), abs=1e-6)


def test_a_case_without_lesion_has_no_local_scores(case):
    scores = synthesis_scores(case[0], case[1], np.zeros_like(case[2]))
    assert np.isnan([scores["local_ssim"], scores["local_psnr"]]).all()
    assert np.isfinite([scores["ssim"], scores["psnr"]]).all()


def test_the_arguments_are_left_alone(case):
    copies = [array.copy() for array in case]
    synthesis_scores(*case)
    assert all(np.array_equal(a, b) for a, b in zip(case, copies))


def test_other_shapes_are_refused(case):
    with raised(MetricError, found="shape"):
        synthesis_scores(case[0][:2], case[1], case[2])


def test_a_target_that_was_not_cut_leaves_the_prediction_its_bright_values():
    target = np.random.default_rng(0).uniform(0, 2, (2, 32, 32)).astype(np.float32)
    label = target > 1.9
    assert synthesis_scores(target, target, label)["ssim"] == pytest.approx(1)
    beyond = np.where(label, target + 3, target)
    cut = np.where(label, target.max(), target)
    assert synthesis_scores(beyond, target, label) == synthesis_scores(cut, target, label)

"""SSIM and PSNR against scikit-image, and the box around the lesion."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from segrepro.evaluation.metrics import image_quality
from segrepro.utils.errors import MetricError

GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


def images(shape, dtype=np.float64):
    rng = np.random.default_rng(0)
    target = rng.random(shape)
    return np.clip(target + rng.normal(0, 0.1, shape), 0, 1).astype(dtype), target.astype(dtype)


@pytest.mark.parametrize("shape", [(64, 80), (11, 30)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_equal_to_scikit_image(shape, dtype):
    prediction, target = images(shape, dtype)
    scores = image_quality(prediction, target)
    p, t = prediction.astype(float), target.astype(float)
    assert scores["ssim"] == pytest.approx(structural_similarity(p, t, data_range=1, **GAUSSIAN), abs=1e-9)
    assert scores["ssim_uniform"] == pytest.approx(structural_similarity(p, t, data_range=1), abs=1e-9)
    assert scores["psnr"] == pytest.approx(peak_signal_noise_ratio(t, p, data_range=1), rel=1e-9)


def test_a_volume_is_the_mean_over_its_slices_and_its_psnr_over_all_voxels():
    prediction, target = images((40, 30, 5))
    scores = image_quality(prediction, target)
    slices = [structural_similarity(prediction[..., k], target[..., k], data_range=1) for k in range(5)]
    assert scores["ssim_uniform"] == pytest.approx(np.mean(slices))
    assert scores["psnr"] == pytest.approx(peak_signal_noise_ratio(target, prediction, data_range=1))


def test_local_scores_are_those_of_the_box_around_the_lesion():
    prediction, target = images((60, 50, 4))
    lesion = np.zeros(target.shape, bool)
    lesion[20:25, 30:33, 1] = lesion[0, 0, 2] = True
    scores = image_quality(prediction, target, lesion)
    boxes = [(slice(10, 35), slice(20, 43), 1), (slice(0, 11), slice(0, 11), 2)]
    pairs = [(prediction[b], target[b]) for b in boxes]
    expected = np.mean([structural_similarity(p, t, data_range=1, **GAUSSIAN) for p, t in pairs])
    assert scores["local_ssim"] == pytest.approx(expected)
    error = np.mean(np.concatenate([((p - t) ** 2).ravel() for p, t in pairs]))
    assert scores["local_psnr"] == pytest.approx(-10 * np.log10(error))
    assert scores["psnr"] == image_quality(prediction, target)["psnr"]


def test_without_lesion_local_scores_are_undefined():
    prediction, target = images((20, 20))
    scores = image_quality(prediction, target, np.zeros((20, 20)))
    assert all(np.isnan(scores[f"local_{n}"]) for n in ("ssim", "ssim_uniform", "psnr"))


def test_equal_images():
    _, target = images((20, 20))
    scores = image_quality(target, target)
    assert (scores["ssim"], scores["ssim_uniform"], scores["psnr"]) == (1, 1, np.inf)


@pytest.mark.parametrize(
    ("prediction", "target", "region"),
    [
        (np.ones((20, 20)), np.ones((20, 21)), None),
        (np.ones((20, 20)), np.ones((20, 20)), np.ones((20, 2))),
        (np.ones((10, 20)), np.ones((10, 20)), None),
        (np.full((20, 20), np.nan), np.ones((20, 20)), None),
        (np.ones((20, 20), int), np.ones((20, 20)), None),
        (np.ones(20), np.ones(20), None),
    ],
)
def test_wrong_input_is_refused(prediction, target, region):
    with pytest.raises(MetricError):
        image_quality(prediction, target, region)

"""Bias field, blur, gamma and noise: what each does, and to what."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from segrepro.training.augmentation import Augmentation
from segrepro.training.intensities import change_intensities
from segrepro.training.slices import Slices


def images(n=6, channels=2, size=24) -> np.ndarray:
    return np.random.default_rng(0).random((n, channels, size, size)).astype(np.float32)


def changed(array, seed=0, **settings) -> np.ndarray:
    return change_intensities(array, Augmentation(**settings), np.random.default_rng(seed))


def test_nothing_asked_is_nothing_done():
    array = images()
    assert changed(array, flip_up_down=1, elastic=2) is array


def test_gamma_bends_each_channel_between_its_own_ends():
    array = images()
    bent = changed(array, gamma=(0.5, 0.5))
    low, high = (f(array, axis=(2, 3), keepdims=True) for f in (np.min, np.max))
    np.testing.assert_allclose(bent, low + (high - low) * np.sqrt((array - low) / (high - low)), atol=1e-6)


def test_noise_has_at_most_the_deviation_asked_for_and_no_mean():
    added = changed(images(40, 1, 48), noise=0.2) - images(40, 1, 48)
    deviations = added.std((2, 3))
    assert 0.15 < deviations.max() <= 0.21
    assert abs(added.mean()) < 0.005


def test_a_bias_field_multiplies_by_what_changes_slowly():
    ratio = changed(np.ones((8, 1, 32, 32), np.float32), bias_field=0.4)
    assert np.exp(0.3) < ratio.max() <= np.exp(0.4) + 1e-6
    assert ratio.min() >= np.exp(-0.4) - 1e-6
    assert np.abs(np.diff(ratio, axis=3)).max() < 0.2


def test_a_blur_is_a_gaussian_of_at_most_this_width():
    array = images(4, 1)
    blurred = changed(array, blur=1.5)
    roughness = np.abs(np.diff(blurred, axis=3)).mean((1, 2, 3))
    widest = np.abs(np.diff([gaussian_filter(one[0], 1.5) for one in array], axis=2)).mean((1, 2))
    assert (roughness < np.abs(np.diff(array, axis=3)).mean((1, 2, 3))).all()
    assert (roughness >= widest * 0.99).all()


def test_each_change_happens_with_its_probability():
    array = images(200, 1, 8)
    share = (changed(array, noise=1, probability=0.25) != array).any((1, 2, 3)).mean()
    assert share == pytest.approx(0.25, abs=0.08)


def test_the_same_seed_gives_the_same_and_half_floats_stay():
    every = {"gamma": (0.7, 1.5), "noise": 0.1, "blur": 1, "bias_field": 0.3}
    array = images().astype(np.float16)
    assert changed(array, **every).dtype == np.float16
    np.testing.assert_array_equal(changed(array, **every), changed(array, **every))
    assert (changed(array, seed=1, **every) != changed(array, **every)).any()


def test_the_image_to_be_synthesised_keeps_its_intensities():
    case, target = np.random.default_rng(0).random((2, 3, 8, 8)).astype(np.float16)
    slices = Slices([[case]], [np.zeros((3, 8, 8), np.uint8)], [target], augmentation=Augmentation(noise=1))
    (batch,) = map(slices.drawn, slices.shuffled(3, seed=0, first_step=0, steps=1))
    assert sorted(batch.targets.ravel().tolist()) == sorted(target.ravel().tolist())
    assert (np.sort(batch.images.ravel()) != np.sort(case.ravel())).any()

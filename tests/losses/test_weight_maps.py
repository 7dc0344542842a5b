"""Weights of pixels and of classes."""

import math

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from segrepro.losses.weight_maps import inverse_frequencies, weight_map
from segrepro.utils.errors import DataError
from tests.raised import raised


def test_weight_map_is_eq_9():
    rng = np.random.default_rng(0)
    label = (rng.random((3, 20, 31)) > 0.99).astype(np.uint8)
    label[1] = 0
    found = weight_map(label, w=1.7, D=9)
    for one, weights in zip(label, found):
        e = np.exp(-distance_transform_edt(one == 0) / 9) if one.any() else np.zeros(one.shape)
        np.testing.assert_allclose(weights, np.where(one, 1.7, 0.5 + e / (e + 1)), atol=1e-5)
    assert label[0].any()
    assert (found[1] == 0.5).all()
    assert found.dtype == np.float32


def test_weight_map_is_the_same_wherever_its_input_lies_in_memory():
    """OpenCV's distances differ in the last bit with the alignment of their input."""
    label, found = np.zeros((32, 32), np.uint8), set()
    label[8:18, 10:16] = 1
    kept = []
    for size in range(1, 60):
        kept.append(np.empty(size, np.uint8))
        found.add(weight_map(label).tobytes())
    assert len(found) == 1
    distance = distance_transform_edt(label == 0)
    nearness = np.exp(-distance / 50)
    expected = np.where(label, 1.5, 0.5 + nearness / (nearness + 1))
    np.testing.assert_allclose(weight_map(label), expected, rtol=2e-7)


def test_weight_map_limits():
    label = np.zeros((5, 2000), bool)
    label[2, 0] = True
    weights = weight_map(label)
    assert weights[2, 0] == 1.5
    assert weights[2, 1] == pytest.approx(0.5 + math.exp(-0.02) / (math.exp(-0.02) + 1), rel=1e-6)
    assert weights[2, -1] == pytest.approx(0.5, abs=1e-6)
    assert (weight_map(np.ones((3, 3))) == 1.5).all()
    assert weight_map(label[None, None]).shape == (1, 1, 5, 2000)


def test_inverse_frequencies():
    np.testing.assert_allclose(inverse_frequencies([90, 10]), [0.1, 0.9])
    with raised(DataError, found="no labelled pixel"):
        inverse_frequencies([0, 0])

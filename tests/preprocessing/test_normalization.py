from pathlib import Path

import numpy as np
import pytest

from segrepro.preprocessing.normalization import requantise8, scaled
from segrepro.utils.errors import DataError


def test_the_range_runs_from_the_minimum_to_the_999th_permille():
    volume = np.arange(10001, dtype=np.float32).reshape(73, 137) - 300
    found = requantise8(volume)
    assert found.dtype == np.uint8
    assert found.shape == volume.shape
    expected = np.round(np.minimum((volume.astype(float) + 300) / 9990, 1) * 255)
    np.testing.assert_array_equal(found, expected)
    assert (found.min(), found.max(), int((found == 255).sum())) == (0, 255, 30)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int64, np.float16, np.float32, np.float64])
def test_types_agree_and_none_runs_over(dtype):
    values = np.random.default_rng(0).integers(0, 120, (9, 8, 7))
    np.testing.assert_array_equal(requantise8(values.astype(dtype)), requantise8(values))
    if dtype == np.int16:
        assert requantise8(np.array([-32768, 0, 32767], dtype)).tolist() == [0, 128, 255]


def test_gain_and_offset_do_not_matter():
    volume = np.random.default_rng(1).normal(size=(20, 20))
    np.testing.assert_array_equal(requantise8(volume), requantise8(37.5 * volume - 1e4))


def test_flat_and_sparse_volumes():
    assert not requantise8(np.full((4, 4), -3.5)).any()
    assert not requantise8(np.zeros((4, 4), np.int16)).any()
    sparse = np.zeros(5000)
    sparse[7] = 1e-3
    assert requantise8(sparse)[[6, 7]].tolist() == [0, 255]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(DataError, match="b.nii.gz: found NaN or infinity"):
        requantise8(np.array([1.0, value]), "b.nii.gz")


def test_a_ct_within_the_range_of_a_scanner_is_scaled_as_by_its_ends():
    ct = np.array([-1024, -100, 40, 400, 1500], np.float32)
    assert (scaled(ct, "hu", Path("a")) == scaled(ct, "minmax", Path("a"))).all()


def test_a_few_wrong_pixels_do_not_flatten_a_ct():
    ct = np.array([-1000, 40, 100, 49944], np.float32)
    air, liver, vessel, wrong = scaled(ct, "hu", Path("a")).astype(float)
    assert (air, wrong) == (0, 1)
    assert liver == pytest.approx(1040 / 4071, abs=1e-3)
    assert vessel - liver == pytest.approx(60 / 4071, abs=1e-3)  # 60 / 50944 when its own largest value counts

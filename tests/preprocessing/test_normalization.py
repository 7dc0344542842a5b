from pathlib import Path

import numpy as np
import pytest

from segrepro.datasets import Case
from segrepro.images.io import write_image
from segrepro.preprocessing.normalization import Percentiles, ZScore, requantise8, scaled, synthesised_range
from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.utils.errors import DataError
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import faults_of
from tests.raised import raised
from tests.scans import affine_of


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
    with raised(DataError, where="b.nii.gz", found="NaN or infinity"):
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


def scan(seed=0):
    """Some 3D values with a background of zeros, as of a skull-stripped brain."""
    values = np.random.default_rng(seed).normal(300, 80, (12, 13, 14)).astype(np.float32)
    values[:4] = 0
    return values


def test_a_z_score_is_nnunets():
    # nnunetv2 ZScoreNormalization: of all voxels, or of those inside the mask, leaving the others as they are
    values = scan()
    whole = (values - values.mean()) / max(values.std(), 1e-8)
    np.testing.assert_allclose(scaled(values, "zscore", "a"), whole, atol=2e-3)
    inside, mask = values.copy(), values != 0
    inside[mask] = (values[mask] - values[mask].mean()) / max(values[mask].std(), 1e-8)
    found = scaled(values, ZScore(name="zscore", inside="nonzero"), "a")
    np.testing.assert_allclose(found, inside, atol=2e-3)
    assert not found[:4].any()


def test_a_z_score_is_torchios_but_for_its_n_minus_1():
    # torchio.ZNormalization: (tensor - mean) / std, where torch's std divides by n - 1
    values = scan()
    torchio = (values - values.mean()) / values.std(ddof=1)
    np.testing.assert_allclose(scaled(values, "zscore", "a"), torchio, atol=3e-3)


def test_ct_is_scaled_by_the_data_sets_numbers_as_in_nnunet():
    # nnunetv2 CTNormalization: clip at two percentiles of all cases' foreground, minus its mean, by its deviation
    values, low, high, mean, std = scan() * 4 - 900, -160.0, 240.0, 70.5, 60.25
    nnunet = (np.clip(values, low, high) - mean) / std
    how = ZScore(name="zscore", clip=(low, high), mean=mean, std=std)
    np.testing.assert_allclose(scaled(values, how, "a"), nnunet, atol=2e-3)


@pytest.mark.parametrize("inside", [None, "nonzero"])
def test_percentiles_are_torchios(inside):
    # torchio.RescaleIntensity(out_min_max=(0, 1), percentiles=(1, 98), masking_method)
    values = scan()
    counted = values[values != 0] if inside else values
    clipped = np.clip(values, *np.percentile(counted, (1, 98)))
    torchio = (clipped - clipped.min()) / np.ptp(clipped)
    how = Percentiles(name="percentiles", low=1, high=98, inside=inside)
    np.testing.assert_allclose(scaled(values, how, "a"), torchio, atol=1e-3)


@pytest.mark.parametrize("how", ["zscore", "percentiles", ZScore(name="zscore", inside="nonzero")])
def test_an_image_of_one_value_becomes_0(how):
    for value in (0, 7):
        assert not scaled(np.full((3, 3), value, np.int16), how, "a").any()


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({"name": "zscore", "mean": 3}, "mean 3.0, std None"),
        ({"name": "zscore", "clip": [5, 5]}, "5 and 5"),
        ({"name": "window", "low": 240, "high": -160}, "240 and -160"),
        ({"name": "percentiles", "low": 99, "high": 1}, "99 and 1"),
        ({"name": "percentile"}, "{'name': 'percentile'}"),
        ("z-score", "'z-score'"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong, found):
    values = {"size": [4, 4], "normalization": {"t1": wrong}}
    (fault,) = faults_of(Preparation, values, KeyLocations(Layer("a.yaml", values)))
    assert fault.found == found
    assert fault.where.startswith("a.yaml: normalization.t1")


def test_around_a_masked_background_there_is_background(tmp_path):
    values = np.random.default_rng(0).normal(300, 80, (4, 4, 2)).astype(np.float32)
    values[0] = 0
    write_image(tmp_path / "a.nii.gz", values, affine_of())
    case = Case("a", "a", "", {"t1": tmp_path / "a.nii.gz"})
    for inside, outside in (("nonzero", 0), (None, "lowest")):
        preparation = Preparation(size=(6, 6), normalization={"default": {"name": "zscore", "inside": inside}})
        array = prepare_case(case, preparation).arrays["t1"]
        assert array[0, 0, 0] == (array.min() if outside == "lowest" else outside)
        assert array.min() < -1


def test_the_99th_percentile_may_be_1_without_anything_being_cut():
    array = np.random.default_rng(0).gamma(2, 100, (20, 20, 20)).astype(np.float32)
    cut, whole = (scaled(array, how, Path("dwi.nii")).astype(np.float32) for how in ("p99", "p99_unclipped"))
    np.testing.assert_allclose(np.minimum(whole, 1), cut, atol=1e-3)
    assert (cut == 1).mean() == pytest.approx(0.01, abs=0.001)
    assert (whole > 1).mean() == pytest.approx(0.01, abs=0.001)
    assert whole.max() > 1.5
    assert (synthesised_range("p99"), synthesised_range("p99_unclipped")) == ((0, 1), (0, np.inf))

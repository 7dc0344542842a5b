import gzip

import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets import Case
from segrepro.datasets.phantoms.isles2018 import write_series
from segrepro.images.io import write_image
from segrepro.preprocessing.features.perfusion import (
    Settings,
    compute,
    extract_features,
    extract_file,
    find_window,
    frame_numbers,
    perfusion_window,
    scale,
)
from segrepro.utils.errors import DataError, GridError
from tests.raised import raised
from tests.scans import affine_of


def brute_force(q, k):
    """Equations 2 and 3 as they are printed, with the fallback; H of 0 fails both."""
    count = len(q)
    starts = [t for t in range(count - k) if all(q[t + i + 1] - q[t + i] > 0 for i in range(k))]
    ends = [t for t in range(k, count) if all(q[t - i] - q[t - i - 1] < 0 for i in range(k))]
    ts, te = (min(starts) if starts else 0), (max(ends) if ends else count - 1)
    return (ts, te) if te > ts else (0, count - 1)


def bolus(rng, count):
    t = np.arange(count) - rng.uniform(2, 2 + count / 3)
    part = np.maximum(t, 0) / rng.uniform(3, 9)
    return np.rint(100 * part**2 * np.exp(2 - 2 * part) + rng.uniform(0, 6) * rng.standard_normal(count))


def test_the_window_is_that_of_a_brute_force_search_on_1000_random_curves():
    rng, found = np.random.default_rng(0), 0
    for number in range(1000):
        count, k = int(rng.integers(1, 70)), int(rng.integers(1, 7))
        # Bolus curves, steps with many ties, and pure noise.
        curve = (bolus(rng, count), rng.integers(-1, 2, count).cumsum(), rng.standard_normal(count))[number % 3]
        assert perfusion_window(curve, k) == brute_force(curve, k)
        found += not find_window(curve, k).fallback
    assert 300 < found < 900


def test_ends_of_the_window_where_the_rules_are_on_the_border():
    assert perfusion_window([0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]) == (0, 10)
    # A pause in the rise breaks the run: a difference of 0 is not above 0.
    assert perfusion_window([0, 1, 2, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 2]) == (3, 13)
    assert not find_window([0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]).fallback


@pytest.mark.parametrize(
    "curve", [[5.0], [1, 2], np.ones(40), np.arange(9)[::-1], [9, 7, 5, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6]]
)
def test_without_start_or_end_the_whole_series_is_the_window_and_that_is_said(curve):
    window = find_window(curve)
    assert (window.ts, window.te, window.fallback) == (0, len(curve) - 1, True)


def test_one_end_alone_may_be_missing():
    window = find_window([3, 3, 3, 4, 5, 6, 7, 8, 9, 10])
    assert (window.ts, window.te, window.fallback) == (2, 9, True)


def test_two_boluses_make_one_window_from_the_first_rise_to_the_last_fall():
    single = np.concatenate([np.arange(7), np.arange(5, 0, -1)])
    curve = np.concatenate([np.zeros(4), single, np.zeros(3), single, np.zeros(4)])
    assert perfusion_window(curve) == (4, 31)


@pytest.mark.parametrize("curve", [[], [1.0, np.nan, 2.0], [1.0, np.inf], np.ones((2, 3))])
def test_a_curve_that_cannot_be_used(curve):
    with raised(DataError, where=r"q\(t\)"):
        perfusion_window(np.array(curve))


def test_frame_numbers_are_even_steps_with_both_ends():
    assert frame_numbers(0, 47).tolist() == [0, 9, 19, 28, 38, 47]
    assert frame_numbers(3, 3).tolist() == [3] * 6


def series_of(rng, shape=(7, 6, 5), count=31, dtype=np.int16):
    curve = bolus(rng, count)[None, None, None]
    return np.asfortranarray((rng.integers(-1000, 900, (*shape, 1)) + curve).astype(dtype))


def slow_features(series, k=5, count=6):
    """The equations voxel by voxel and frame by frame."""
    width, height, depth, points = series.shape
    mip, curve = np.empty(series.shape[:3]), [0.0] * points
    for x in range(width):
        for y in range(height):
            for z in range(depth):
                mip[x, y, z] = max(float(series[x, y, z, t]) for t in range(points))
                for t in range(points):
                    curve[t] += float(series[x, y, z, t])
    ts, te = brute_force(curve, k)
    times = [round(ts + i * (te - ts) / (count - 1)) for i in range(count)]
    return mip, curve, (ts, te), np.stack([series[..., t] for t in times], axis=-1)


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.float32, ">i2"])
def test_the_equations_against_slow_loops(dtype):
    series = series_of(np.random.default_rng(2)).astype(dtype)
    series = series - series.min() if np.dtype(dtype).kind == "u" else series
    mip, curve, window, frames = slow_features(series)
    found = extract_features(series)
    np.testing.assert_array_equal(found.mip, mip)
    np.testing.assert_allclose(found.window.curve, curve, rtol=1e-6)
    assert (found.window.ts, found.window.te) == window
    np.testing.assert_array_equal(found.frames, frames)
    assert found.frames.shape == (7, 6, 5, 6)
    assert found.mip.dtype == found.frames.dtype == series.dtype


def test_time_need_not_be_the_last_axis():
    series = series_of(np.random.default_rng(3))
    last, first = extract_features(series), extract_features(np.moveaxis(series, -1, 0), axis=0)
    for a, b in zip((last.mip, last.frames, last.window.curve), (first.mip, first.frames, first.window.curve)):
        np.testing.assert_array_equal(a, b)


def test_one_frame_and_a_still_series():
    one = extract_features(np.full((3, 2, 2, 1), 7, np.int16))
    assert (one.window.ts, one.window.te, one.window.fallback) == (0, 0, True)
    assert one.frames.shape == (3, 2, 2, 6)
    still = extract_features(np.full((3, 2, 2, 40), -7, np.int16))
    assert (still.window.ts, still.window.te, still.window.fallback) == (0, 39, True)
    assert (still.mip == -7).all()


def test_a_series_that_cannot_be_used():
    with raised(DataError, found="shape"):
        extract_features(np.zeros((3, 3, 3), np.int16))
    holed = np.zeros((3, 3, 3, 20), np.float32)
    holed[1, 1, 1, 4] = np.nan
    with raised(DataError, found="NaN or infinity"):
        extract_features(holed)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", [np.int16, np.float32, ">i2", np.uint8])
def test_a_file_gives_what_its_array_gives(tmp_path, ending, dtype):
    series = np.clip(series_of(np.random.default_rng(4)), 0, 255).astype(dtype)
    path = tmp_path / f"ctp{ending}"
    image = nib.Nifti1Image(series, affine_of("LPS", tilt=0.2), dtype=np.dtype(dtype))
    image.header.set_data_dtype(np.dtype(dtype))
    nib.save(image, path)
    file, array = extract_file(path), extract_features(series)
    np.testing.assert_array_equal(file.mip, array.mip)
    np.testing.assert_array_equal(file.frames, array.frames)
    np.testing.assert_array_equal(file.window.curve, array.window.curve)


def test_the_challenges_axis_of_length_1_and_a_scale_in_the_header(tmp_path):
    series = series_of(np.random.default_rng(5))
    path = tmp_path / "ctp.nii"
    image = nib.Nifti1Image(series[:, :, :, None], np.eye(4))
    image.header.set_slope_inter(0.5, -3)
    nib.save(image, path)
    stored = nib.load(path)
    raw = np.asarray(stored.dataobj).squeeze(3)
    file, array = extract_file(path), extract_features(raw)
    np.testing.assert_allclose(file.mip, array.mip, rtol=1e-5)
    np.testing.assert_allclose(file.frames, array.frames, rtol=1e-5)
    np.testing.assert_allclose(file.window.curve, array.window.curve, rtol=1e-5)


def write_case(folder, shape=(7, 6, 5), affine=None):
    affine = affine_of("LPS") if affine is None else affine
    series = series_of(np.random.default_rng(6), shape)
    write_series(folder / "ctp.nii", series, affine, 1.5)
    write_image(folder / "cbf.nii", np.zeros((7, 6, 5), np.float32), affine_of("LPS"))
    return Case("case_1", "p", "", {"cbf": folder / "cbf.nii", "ctp": folder / "ctp.nii"}), series


def test_what_the_network_gets(tmp_path):
    case, series = write_case(tmp_path)
    (arrays, _), found = compute(case, Settings()), extract_features(series)
    assert list(arrays) == ["mip", *[f"frame{i}" for i in range(6)]]
    for role, raw in [("mip", found.mip), ("frame3", found.frames[..., 3])]:
        top = np.sort(raw, axis=None)[-3:].min()
        scaled = arrays[role]
        assert scaled.shape == (7, 6, 5)
        assert scaled.dtype == np.float32
        assert scaled.min() == 0
        assert scaled[raw >= top].min() >= 0.99
        expected = (raw - raw.min()) / (np.quantile(raw, 0.99) - raw.min())
        np.testing.assert_allclose(scaled, np.minimum(expected, 1), atol=1e-6)
    windowed = compute(case, Settings(clip=(0, 100)))[0]["frame0"]
    np.testing.assert_allclose(windowed, np.clip(found.frames[..., 0] / 100, 0, 1), atol=1e-6)
    assert (scale(np.full(5, 3)) == 0).all()


def test_the_facts_of_a_window(tmp_path):
    case, series = write_case(tmp_path)
    _, facts = compute(case, Settings())
    ts, te = brute_force(series.sum(axis=(0, 1, 2), dtype=float), 5)
    assert {key: facts[key] for key in ("case", "ts", "te", "fallback", "step_s")} == {
        "case": "case_1",
        "ts": ts,
        "te": te,
        "fallback": False,
        "step_s": 1.5,
    }
    assert facts["curve"] == series.sum(axis=(0, 1, 2), dtype=float).tolist()


def test_a_step_that_nobody_filled_in_is_unknown(tmp_path):
    case, _ = write_case(tmp_path)
    path = case.images["ctp"]
    image = nib.load(path)
    frames = np.asarray(image.dataobj).copy()  # the file is written anew
    for step, unit, found in ((1, None, None), (1.5, None, 1.5), (1, "sec", 1.0), (1500, "msec", 1.5)):
        bare = nib.Nifti1Image(frames, image.affine)
        bare.header.set_zooms((*image.header.get_zooms()[:3], step))
        bare.header.set_xyzt_units("mm", unit)
        nib.save(bare, path)
        assert compute(case, Settings())[1]["step_s"] == found


def test_bad_cases_are_told_in_one_line(tmp_path):
    case, _ = write_case(tmp_path)
    flat = Case("case_2", "p", "", {"cbf": tmp_path / "cbf.nii", "ctp": tmp_path / "cbf.nii"})
    none = Case("case_3", "p", "", {"cbf": tmp_path / "cbf.nii"})
    wrong = ((flat, "cbf.nii$", r"^shape \(7, 6, 5\)"), (none, "case_3$", "^cbf$"))
    for bad, where, found in wrong:
        with raised(DataError, where=where, found=found) as error:
            compute(bad, Settings())
        assert "\n" not in str(error.value)
    del case
    # Time first: the volumes' shape cannot be that of the maps.
    other, _ = write_case(tmp_path, shape=(5, 7, 6))
    with raised(GridError, found=r"volumes of \(5, 7, 6\)", expected="the grid of cbf.nii"):
        compute(other, Settings())
    shifted, _ = write_case(tmp_path, affine=affine_of("LPS", spacing=(1, 2, 3.1)))
    with raised(GridError, found="affine"):
        compute(shifted, Settings())


def test_damaged_files(tmp_path):
    series = series_of(np.random.default_rng(7), (20, 20, 5))
    path = tmp_path / "ctp.nii.gz"
    write_series(path, series, np.eye(4), 1.0)
    whole = path.read_bytes()
    wrong_sum = bytearray(whole)
    wrong_sum[-6] ^= 1
    plain = gzip.decompress(whole)
    for damaged in (whole[: len(whole) // 2], bytes(wrong_sum), b"", b"no gzip", gzip.compress(plain[:3000])):
        path.write_bytes(damaged)
        with raised(DataError, where="ctp.nii.gz"):
            extract_file(path)
    with raised(DataError, found="no such file"):
        extract_file(tmp_path / "absent.nii")


def test_a_file_is_held_less_than_one_and_a_half_times(tmp_path):
    import tracemalloc

    path, shape = tmp_path / "ctp.nii.gz", (64, 64, 16, 48)
    write_series(path, np.random.default_rng(8).integers(0, 90, shape).astype(np.int16), np.eye(4), 1.0)
    extract_file(path)
    tracemalloc.start()
    extract_file(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * np.prod(shape) * 2


def test_a_series_stored_1024_higher_is_refused_where_hounsfield_units_are_cut(tmp_path):
    case, _ = write_case(tmp_path)
    path = case.images["ctp"]
    image = nib.load(path)
    series = np.asarray(image.dataobj, np.float32)
    head = np.where(np.arange(7)[:, None, None, None] < 3, -1000, 40) + series / np.abs(series).max()
    for shift, refused in ((0, False), (1024, True)):
        nib.save(nib.Nifti1Image((head + shift).astype(np.float32), image.affine), path)
        if refused:
            with raised(DataError, where=path.name, found="CT with values from 2[34]", expected="Hounsfield units"):
                compute(case, Settings(clip=(0, 100)))
        else:
            assert compute(case, Settings(clip=(0, 100)))[0]["mip"].max() < 0.5
        compute(case, Settings())

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.morphology import area_opening as peer

from segrepro.datasets import Case, open_dataset
from segrepro.images.io import read_image, write_image
from segrepro.preprocessing.features import compute_features, feature_names
from segrepro.preprocessing.features.area_opening import area_opening, area_opening_residue
from segrepro.preprocessing.normalization import requantise8
from segrepro.utils import say
from segrepro.utils.errors import ConfigError, DataError
from tests.raised import raised
from tests.scans import affine_of

TYPES = [np.dtype(code) for code in "?bBhHiIqQfd"]


def assert_same(image, area_px, connectivity=1):
    """Equal to scikit-image in every bit, and the image untouched."""
    before = image.copy()
    opened = area_opening(image, area_px, connectivity)
    expected = peer(np.array(image, order="C"), area_px, connectivity=connectivity)
    assert opened.dtype == expected.dtype
    assert opened.shape == expected.shape
    assert opened.tobytes() == expected.tobytes()
    assert not np.shares_memory(opened, image)
    np.testing.assert_array_equal(image, before)


def noise(dtype, shape=(24, 19), seed=0, values=40):
    drawn = np.random.default_rng(seed).integers(0, values, shape)
    return (drawn - (values // 2 if dtype.kind in "if" else 0)).astype(dtype)


@pytest.mark.parametrize("connectivity", [1, 2])
@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_noise_of_every_type_equals_scikit_image(dtype, connectivity):
    for seed, area in enumerate((0, 1, 2, 3, 10, 64, 456, 457)):
        assert_same(noise(dtype, seed=seed, values=(2, 5, 40, 100)[seed % 4]), area, connectivity)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_extreme_values_of_every_type(dtype):
    image = noise(np.dtype("B"), seed=3, values=3)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        image = np.array([limits.min, 0, limits.max], dtype)[image]
    elif dtype.kind == "f":
        image = np.array([np.finfo(dtype).min, 0.1, np.finfo(dtype).max], dtype)[image]
    assert_same(image.astype(dtype), 7)


@settings(max_examples=200, deadline=None)
@given(
    # scikit-image needs a pixel that is not on the border.
    arrays.arrays(np.int16, st.tuples(st.integers(3, 9), st.integers(3, 9)), elements=st.integers(-3, 3)),
    st.integers(0, 90),
    st.sampled_from([1, 2]),
)
def test_small_images_equal_scikit_image(image, area_px, connectivity):
    assert_same(image, area_px, connectivity)


def test_background_on_one_two_or_no_sides():
    image = noise(np.dtype("B"), (20, 20), seed=5) + 1
    for rows, columns in [(slice(0, 8), slice(0, 20)), (slice(5, 15), slice(12, 20)), (slice(4, 5), slice(9, 10))]:
        framed = np.zeros_like(image)
        framed[rows, columns] = image[rows, columns]
        for area in (5, 60, 200):
            assert_same(framed, area)


@pytest.mark.parametrize("value", [0, 7, 255])
def test_flat_images_stay_but_for_those_smaller_than_the_area(value):
    flat = np.full((6, 5), value, np.uint8)
    assert_same(flat, 30)
    assert_same(flat, 31)
    np.testing.assert_array_equal(area_opening(flat, 30), flat)
    assert not area_opening(flat, 31).any()


def test_any_memory_order_byte_order_and_read_only_images():
    image = noise(np.dtype("h"), (30, 26), seed=2)
    frozen = image.copy()
    frozen.flags.writeable = False
    for view in (image.T, image[::-1, ::-2], image[3:17:2, 1::3], np.asfortranarray(image), frozen):
        assert_same(view, 6)
    swapped = area_opening(image.astype(">i2"), 6)
    np.testing.assert_array_equal(swapped, area_opening(image, 6))


def test_a_volume_is_opened_slice_by_slice():
    volume = noise(np.dtype("B"), (5, 21, 17), seed=9)
    opened = area_opening(volume, 12)
    for one, expected in zip(opened, volume):
        np.testing.assert_array_equal(one, peer(expected, 12, connectivity=1))
    assert area_opening(volume[:0], 12).shape == (0, 21, 17)


def test_one_pixel_row_and_column():
    row = np.array([[0, 4, 4, 1, 9, 9, 9]])
    expected = [[0, 1, 1, 1, 9, 9, 9]]
    assert area_opening(row, 3).tolist() == expected
    assert area_opening(row.T, 3).T.tolist() == expected
    assert area_opening(np.array([[5]]), 1).tolist() == [[5]]
    assert area_opening(np.array([[5]]), 2).tolist() == [[0]]


def test_it_is_the_highest_image_of_large_regions_below():
    """By definition: pixel by pixel the highest level at which its region has enough pixels."""
    from scipy import ndimage

    image = noise(np.dtype("B"), (15, 14), seed=11, values=12)
    for connectivity, structure in ((1, None), (2, np.ones((3, 3)))):
        expected = np.zeros_like(image)
        for level in range(1, 12):
            regions, _ = ndimage.label(image >= level, structure)
            large = np.bincount(regions.ravel()) >= 9
            large[0] = False
            expected[large[regions]] = level
        np.testing.assert_array_equal(area_opening(image, 9, connectivity), expected)


def test_the_residue_keeps_what_is_small():
    image = np.full((40, 40), 10, np.uint8)
    image[2:5, 2:5], image[10:30, 10:30] = 90, 120
    residue = area_opening_residue(image, 100)
    assert residue.dtype == np.uint8
    assert set(np.unique(residue[2:5, 2:5])) == {80}
    residue[2:5, 2:5] = 0
    assert not residue.any()


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_the_residue_is_the_image_less_scikit_images_opening(dtype):
    image = noise(dtype, seed=4, values=2 if dtype.kind == "b" else 60)
    opened = peer(image, 20, connectivity=1)
    expected = image ^ opened if dtype.kind == "b" else image - opened
    np.testing.assert_array_equal(area_opening_residue(image, 20), expected)


def test_a_residue_that_its_type_cannot_hold_is_refused():
    image = np.full((4, 4), -100, np.int8)
    image[1, 1] = 100
    with raised(DataError, found="values from -100 to 100", expected="differences that int8 holds"):
        area_opening_residue(image, 2)
    assert area_opening_residue(image.astype(np.int16), 2)[1, 1] == 200


@pytest.mark.parametrize(
    ("image", "area_px", "connectivity", "message"),
    [
        (np.zeros((2, 3), np.float16), 5, 1, "type float16"),
        (np.zeros((2, 3), complex), 5, 1, "type complex128"),
        (np.full((2, 3), np.nan), 5, 1, "found NaN or infinity"),
        (np.full((2, 3), np.inf), 5, 1, "found NaN or infinity"),
        (np.zeros(3, np.uint8), 5, 1, "1 axes"),
        (np.zeros((1, 1, 2, 3), np.uint8), 5, 1, "4 axes"),
        (np.zeros((2, 3), np.uint8), -1, 1, "area_px -1"),
        (np.zeros((2, 3), np.uint8), 5, 3, "connectivity 3"),
    ],
)
def test_what_cannot_be_opened_is_refused(image, area_px, connectivity, message):
    with pytest.raises(DataError, match=message):
        area_opening(image, area_px, connectivity)


def flair_case(folder, codes, array=None, tilt=0.0):
    rng = np.random.default_rng(1)
    array = rng.gamma(2, 100, (30, 26, 22)).astype(np.float32) if array is None else array
    write_image(folder / "FLAIR.nii.gz", array, affine_of(codes, tilt=tilt))
    return Case(id="a", patient="a", site="", images={"flair": folder / "FLAIR.nii.gz"})


@pytest.mark.parametrize(("codes", "axial"), [("RAS", 2), ("LPS", 2), ("ASR", 1), ("SRP", 0)])
def test_the_feature_opens_axial_slices_in_the_scans_own_order(tmp_path, codes, axial):
    case = flair_case(tmp_path, codes, tilt=0.1)
    residue = compute_features("area_opening", case, {"of": "flair", "area_px": 40})[0]["residue"]
    array = requantise8(read_image(case.images["flair"]).array)
    expected = [one - peer(one, 40, connectivity=1) for one in np.moveaxis(array, axial, 0)]
    assert residue.dtype == np.float16
    np.testing.assert_array_equal(residue + 127, np.moveaxis(expected, 0, axial))


def test_the_defaults_are_the_studys(tmp_path):
    case = flair_case(tmp_path, "RAS")
    asked, _ = compute_features("area_opening", case, {"of": "flair", "area_px": 100})
    np.testing.assert_array_equal(compute_features("area_opening", case, {})[0]["residue"], asked["residue"])


def test_the_opening_may_be_kept_in_place_of_the_residue(tmp_path):
    volume = np.random.default_rng(0).integers(0, 40, (12, 10, 3)).astype(np.float32)
    case = flair_case(tmp_path, "RAS", volume)
    kept = [
        compute_features("area_opening", case, {"area_px": 5, "keep": keep})[0]["residue"].astype(np.float32) + 127
        for keep in ("residue", "opening")
    ]
    np.testing.assert_array_equal(sum(kept), requantise8(volume))
    assert kept[1].mean() > kept[0].mean()


def test_wrong_settings_and_scans_are_named(tmp_path):
    case = flair_case(tmp_path, "RAS")
    with raised(ConfigError, found="unknown key 'area'", remedy="Did you mean area_px"):
        compute_features("area_opening", case, {"area": 5})
    with raised(ConfigError, where="area_px", found="0"):
        compute_features("area_opening", case, {"area_px": 0})
    with raised(DataError, where="a", found="images flair", expected="t1"):
        compute_features("area_opening", case, {"of": "t1"})
    with raised(ConfigError, found="'area_openin'", remedy="Did you mean area_opening"):
        compute_features("area_openin", case, {})
    broken = flair_case(tmp_path, "RAS", np.full((4, 4, 4), np.nan, np.float32))
    with raised(DataError, where="FLAIR.nii.gz", found="NaN or infinity"):
        compute_features("area_opening", broken, {})
    assert feature_names() == ("area_opening", "perfusion")


def test_real_flair_equals_scikit_image_and_shows_small_lesions(real_data):
    for case in open_dataset("wmh2017", real_data / "wmh-like").cases:
        scan = requantise8(read_image(case.images["flair"]).array)
        middle = scan[:, :, scan.shape[2] // 2 : scan.shape[2] // 2 + 3]
        for index in range(middle.shape[2]):
            for dtype in (np.uint8, np.int16, np.float32):
                assert_same(middle[..., index].astype(dtype), 100)
        residue = compute_features("area_opening", case, {})[0]["residue"].astype(np.float32) + 127
        lesion = read_image(case.labels[0]).array > 0
        assert residue.shape == lesion.shape
        assert residue.min() == 0
        assert residue[lesion].mean() > 2 * residue[(scan > 80) & ~lesion].mean()


def test_without_diplib_scikit_image_opens_and_says_so_once(monkeypatch, capsys):
    image = noise(np.dtype(np.float32))
    expected = [area_opening(image, 30, connectivity) for connectivity in (1, 2)]
    monkeypatch.setitem(sys.modules, "diplib", None)  # importing it raises ImportError
    monkeypatch.setattr(say, "_SAID", set())
    for connectivity in (1, 2):
        np.testing.assert_array_equal(area_opening(image, 30, connectivity), expected[connectivity - 1])
    assert capsys.readouterr().err.count("DIPlib is not installed") == 1


def test_slices_are_opened_where_ipython_is_loaded():
    """As in a notebook, whose kernel has not loaded all of IPython's terminal."""
    pytest.importorskip("IPython")
    code = "import IPython, numpy as np; from segrepro.preprocessing.features.area_opening import area_opening;"
    code += "print(area_opening(np.eye(3, dtype=np.uint8), 2, 1).sum())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from segrepro.training.augmentation import Augmentation, augment, draw_warps, smooth_field
from segrepro.utils.errors import ConfigError
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import checked

ALL = Augmentation(flip_left_right=0.5, flip_up_down=0.5, rotation_degrees=20, scale=(0.8, 1.2), crop=(0.8, 1.0))


def batch(channels=3, size=(34, 46), count=4, dtype=np.float32):
    rng = np.random.default_rng(7)
    smooth = ndimage.gaussian_filter(rng.random((count, channels, *size)), (0, 0, 2, 2))
    images = ((smooth - smooth.min()) / np.ptp(smooth)).astype(dtype)
    return images, (images[:, 0] > 0.5).astype(np.uint8) * 3


def scipy_warp(array, matrix, order):
    """The same warp by scipy, whose axes are (row, column); outside is the lowest value."""
    swapped = matrix[::-1][:, [1, 0, 2]]
    where = {"order": order, "mode": "grid-constant", "cval": array.min()}
    return ndimage.affine_transform(array, swapped[:, :2], swapped[:, 2], **where)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_the_warp_is_scipys(channels):
    images, labels = batch(channels)
    warped, warped_labels = augment(images, labels, ALL, np.random.default_rng(1))
    for n, matrix in enumerate(draw_warps(4, (34, 46), ALL, np.random.default_rng(1))):
        for channel in range(channels):
            np.testing.assert_allclose(warped[n, channel], scipy_warp(images[n, channel], matrix, 1), atol=1e-4)
        # Positions half way between two pixels may be rounded either way.
        assert (warped_labels[n] != scipy_warp(labels[n], matrix, 0)).mean() < 0.002


def test_half_precision_is_single_precision_rounded():
    images, labels = batch(dtype=np.float16)
    half, labels_half = augment(images, labels, ALL, np.random.default_rng(2))
    single, labels_single = augment(images.astype(np.float32), labels, ALL, np.random.default_rng(2))
    assert (half.dtype, single.dtype, labels_half.dtype) == (np.float16, np.float32, np.uint8)
    np.testing.assert_array_equal(half, single.astype(np.float16))
    np.testing.assert_array_equal(labels_half, labels_single)


@given(st.integers(0, 2**32 - 1))
def test_one_seed_one_result(seed):
    images, labels = batch(1, (9, 7), 2)
    first, second = (augment(images, labels, ALL, np.random.default_rng(seed)) for _ in range(2))
    for one, other in zip(first, second):
        np.testing.assert_array_equal(one, other)


def test_slices_are_warped_differently_and_the_input_stays():
    images, labels = (np.stack([array[0]] * 4) for array in batch())
    before = images.copy(), labels.copy()
    warped, _ = augment(images, labels, ALL, np.random.default_rng(3))
    assert len({slice_.tobytes() for slice_ in warped}) == 4
    np.testing.assert_array_equal(images, before[0])
    np.testing.assert_array_equal(labels, before[1])


def test_settings_that_change_nothing_hand_back_the_input():
    images, labels = batch()
    same, same_labels = augment(images, labels, Augmentation(), np.random.default_rng(0))
    assert same is images
    assert same_labels is labels


@pytest.mark.parametrize(("key", "axis"), [("flip_left_right", -1), ("flip_up_down", -2)])
@pytest.mark.parametrize("size", [(6, 8), (7, 5)])
def test_a_flip_is_exact(key, axis, size):
    images, labels = batch(size=size)
    flipped, flipped_labels = augment(images, labels, Augmentation(**{key: 1}), np.random.default_rng(0))
    np.testing.assert_array_equal(flipped, np.flip(images, axis))
    np.testing.assert_array_equal(flipped_labels, np.flip(labels, axis))


def test_flips_come_as_often_as_asked():
    settings = Augmentation(flip_left_right=0.25)
    warps = np.stack(list(draw_warps(4000, (8, 8), settings, np.random.default_rng(0))))
    assert (warps[:, 0, 0] < 0).mean() == pytest.approx(0.25, abs=0.03)


def test_magnification_makes_a_disc_larger():
    y, x = np.mgrid[:41, :41] - 20
    disc = (np.hypot(x, y) < 8).astype(np.uint8)[None]
    warp = {"images": disc[:, None].astype(np.float32), "labels": disc, "generator": np.random.default_rng(0)}
    _, larger = augment(settings=Augmentation(scale=(1.5, 1.5)), **warp)
    assert larger.sum() / disc.sum() == pytest.approx(1.5**2, rel=0.05)
    assert np.argwhere(larger[0]).mean(0) == pytest.approx([20, 20], abs=0.1)


def test_a_crop_stays_inside_and_keeps_its_share():
    settings, size = Augmentation(crop=(0.6, 0.9)), (30, 50)
    corners = np.array([[-0.5, -0.5, 1], [49.5, 29.5, 1]]).T
    shares = []
    for matrix in draw_warps(200, size, settings, np.random.default_rng(0)):
        (left, right), (top, bottom) = matrix @ corners
        assert -0.5 - 1e-9 <= left < right <= 49.5 + 1e-9
        assert -0.5 - 1e-9 <= top < bottom <= 29.5 + 1e-9
        shares.append([(right - left) / 50, (bottom - top) / 30])
    assert np.min(shares) == pytest.approx(0.6, abs=0.02)
    assert np.max(shares) == pytest.approx(0.9, abs=0.02)
    assert abs(np.corrcoef(np.transpose(shares))[0, 1]) < 0.2


def test_turns_are_within_their_range_to_both_sides():
    warps = np.stack(list(draw_warps(500, (9, 9), Augmentation(rotation_degrees=15), np.random.default_rng(0))))
    angles = np.degrees(np.arctan2(warps[:, 1, 0], warps[:, 0, 0]))
    assert angles.min() == pytest.approx(-15, abs=0.3)
    assert angles.max() == pytest.approx(15, abs=0.3)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"crop": [0.8, 1.2]}, ["crop 0.8, 1.2", "at most 1"]),
        ({"scale": [1.2, 0.8]}, ["scale 1.2, 0.8"]),
        ({"flip_left_right": 2}, ["flip_left_right"]),
        ({"rotate": 15}, ["'rotate'"]),
    ],
)
def test_wrong_settings_are_named(values, words):
    with pytest.raises(ConfigError) as error:
        checked(Augmentation, values, KeyLocations(Layer("study", values)))
    assert all(word in str(error.value) for word in words), str(error.value)


def test_an_elastic_distortion_moves_image_and_label_alike_by_no_more_than_asked():
    rows = np.broadcast_to(np.arange(32, dtype=np.float32)[:, None], (32, 32))
    images, labels = rows[None, None].copy(), rows[None].astype(np.uint8)
    settings = Augmentation(elastic=3)
    warped, drawn = augment(images, labels, settings, np.random.default_rng(0))
    inside = (slice(4, -4), slice(4, -4))
    moved = np.abs(warped[0, 0] - rows)[inside]
    assert 0.5 < moved.max() <= 3
    assert np.abs(drawn[0].astype(float) - warped[0, 0])[inside].max() <= 0.51
    again, _ = augment(images, labels, settings, np.random.default_rng(0))
    np.testing.assert_array_equal(again, warped)


def test_a_smooth_field_has_no_steps():
    field = smooth_field((40, 24), np.random.default_rng(1))
    assert field.shape == (40, 24)
    assert np.abs(field).max() <= 1
    assert max(np.abs(np.diff(field, axis=axis)).max() for axis in (0, 1)) < 0.6

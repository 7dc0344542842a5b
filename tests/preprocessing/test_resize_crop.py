"""Resizing, scaling and colours of prepared slices, and the way back."""

import numpy as np
import pytest

from segrepro.datasets import Case
from segrepro.images.io import read_image, write_image
from segrepro.preprocessing.normalization import scaled
from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.preprocessing.resize_crop import Crop, NetworkGrid, resized, to_network_grid, to_scan_grid
from segrepro.utils.errors import DataError
from tests.raised import raised
from tests.scans import affine_of


def record_of(full, resize, size, start, orientation="RAS"):
    return NetworkGrid(
        case="a",
        source_shape=full,
        affine=np.eye(4).tolist(),
        orientation=orientation,
        full_shape=full[::-1],
        resize=resize,
        crop=Crop(start=start, size=size),
        spacing_mm=(1, 1, 1),
        shape=(full[2], *size),
    )


def test_resized_masks_come_back_where_they_were():
    mask = np.zeros((60, 80, 3), np.uint8)
    mask[20:40, 30:60, 1] = 2
    record = record_of(mask.shape, [40, 30], (40, 30), (0, 0))
    back = to_scan_grid(to_network_grid(mask, record), record)
    assert back.dtype == np.uint8
    assert set(np.unique(back)) == {0, 2}
    both = np.count_nonzero((back == 2) & (mask == 2))
    assert 2 * both / (np.count_nonzero(back) + np.count_nonzero(mask)) > 0.95


def test_a_smooth_image_survives_resizing_there_and_back():
    x, y = np.meshgrid(np.linspace(0, 1, 80), np.linspace(0, 1, 60), indexing="ij")
    volume = np.repeat((x + y)[..., None], 2, axis=2).astype(np.float32)
    record = record_of(volume.shape, [30, 40], (30, 40), (0, 0))
    back = to_scan_grid(to_network_grid(volume, record), record)
    np.testing.assert_allclose(back[4:-4, 4:-4], volume[4:-4, 4:-4], atol=0.02)


def test_what_lies_outside_of_the_scan_has_its_lowest_value():
    volume = np.full((4, 4, 1), 5, np.int16)
    volume[0, 0, 0] = -100
    placed = to_network_grid(volume, record_of(volume.shape, None, (6, 6), (-1, -1)))
    assert placed[0, 0].tolist() == [-100] * 6
    assert placed[0, 1].tolist() == [-100, -100, 5, 5, 5, -100]


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32])
def test_resizing_keeps_the_type_and_nothing_changes_at_equal_size(dtype):
    slices = np.random.default_rng(0).integers(0, 9, (2, 5, 7)).astype(dtype)
    assert resized(slices, (10, 14)).dtype == dtype
    assert resized(slices, (5, 7)) is slices


def test_scalings():
    raw = np.array([-10.0, 0, 10, 1000])
    path = "a.nii"
    assert scaled(raw, "minmax", path).tolist() == pytest.approx([0, 10 / 1010, 20 / 1010, 1], abs=1e-3)
    assert scaled(raw, "max", path).tolist() == pytest.approx([-0.01, 0, 0.01, 1], abs=1e-3)
    many = np.concatenate([np.linspace(0, 1, 995), np.full(5, 50.0)])
    assert scaled(many, "p99", path).max() == 1
    assert scaled(many, "p99", path)[497] == pytest.approx(0.5, abs=0.01)
    whole = np.linspace(0, 5000, 100_000)
    assert scaled(whole, "requantised", path).min() == -127
    assert scaled(whole, "requantised", path).max() == 128
    with raised(DataError, found="NaN or infinity"):
        scaled(np.array([0, np.nan]), "max", path)


def test_a_coloured_picture_becomes_four_roles(tmp_path):
    picture = np.zeros((6, 8, 3), np.uint8)
    picture[..., 0], picture[1, 2] = 200, (100, 50, 25)
    write_image(tmp_path / "a.png", picture, np.eye(4))
    assert (read_image(tmp_path / "a.png").array == picture).all()
    case = Case("a", "a", "", {"rgb": tmp_path / "a.png"})
    prepared = prepare_case(case, Preparation(slices="none", size=(6, 8), normalization="max"))
    assert prepared.record.channels == ("gray", "red", "green", "blue")
    assert prepared.arrays["red"][0, 0, 0] == 1
    assert prepared.arrays["red"][0, 1, 2] == 0.5
    assert prepared.arrays["green"][0, 1, 2] == 1
    gray = 0.299 * 100 + 0.587 * 50 + 0.114 * 25
    assert prepared.arrays["gray"][0, 0, 0] == pytest.approx(0.299 * 200 / gray, abs=2e-3)


def test_only_the_named_images_are_read_and_a_missing_one_is_said(tmp_path):
    volume = np.random.default_rng(0).integers(0, 9, (5, 6, 3)).astype(np.int16)
    write_image(tmp_path / "a.nii.gz", volume, affine_of("RAS", (1, 1, 2)))
    case = Case("a", "a", "", {"cbf": tmp_path / "a.nii.gz", "ctp": tmp_path / "not there.nii"})
    prepared = prepare_case(case, Preparation(size=(6, 5), modalities=("cbf",)))
    assert list(prepared.arrays) == ["cbf"]
    with raised(DataError, found="no image dwi"):
        prepare_case(case, Preparation(size=(6, 5), modalities=("cbf", "dwi")))


def test_spacing_follows_the_resizing(tmp_path):
    volume = np.random.default_rng(0).integers(0, 9, (10, 20, 3)).astype(np.int16)
    write_image(tmp_path / "a.nii.gz", volume, affine_of("RAS", (1, 1, 2)))
    case = Case("a", "a", "", {"t1": tmp_path / "a.nii.gz"})
    record = prepare_case(case, Preparation(size=(10, 10), resize=(10, 10))).record
    assert record.spacing_mm == pytest.approx([2, 2, 1])

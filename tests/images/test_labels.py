"""A case's label on the grid of its first image."""

import numpy as np
import pytest

from segrepro.datasets import Case
from segrepro.images.io import read_image, write_image
from segrepro.images.labels import read_mask, read_reference
from tests.scans import affine_of


def test_the_first_images_grid_counts_and_files_become_one_label(tmp_path):
    scan = np.random.default_rng(0).normal(0, 1, (4, 5, 3)).astype(np.float32)
    first, second = np.zeros((2, *scan.shape), np.uint8)
    first[1], second[2] = 60, 120
    for name, array in {"t1": scan, "flair": -scan, "liver": first, "kidney": second}.items():
        write_image(tmp_path / f"{name}.nii.gz", array, affine_of("LAS", (1, 2, 3)))
    images = {role: tmp_path / f"{role}.nii.gz" for role in ("flair", "t1")}
    files = (tmp_path / "liver.nii.gz", tmp_path / "kidney.nii.gz")
    image, label = read_reference(Case("a", "p", "", images, files, label_ranges=((55, 70, 1), (110, 130, 3))))
    assert image.array.shape == scan.shape
    np.testing.assert_array_equal(image.affine, affine_of("LAS", (1, 2, 3)))
    np.testing.assert_array_equal(image.affine, read_image(images["flair"]).affine)
    assert label.dtype == np.uint8
    np.testing.assert_array_equal(label, first // 60 + second // 40)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_within_a_thousandth_of_a_whole_number_are_that_number(tmp_path, dtype):
    values = np.array([0, 1e-9, 9e-4, 0.9995, 0.9999999997671694, 1, 1.0009, 254.9999999406282], dtype)
    path = tmp_path / "mask.nii.gz"
    write_image(path, values.reshape(2, 2, 2), np.eye(4))
    assert read_mask(path).array.ravel().tolist() == [0, 0, 0, 1, 1, 1, 1, 255]
    write_image(path, np.array([0.002, 0.5, 1.002, np.nan], dtype).reshape(2, 2, 1), np.eye(4))
    assert str(read_mask(path).array.ravel().tolist()[1:]) == f"[0.5, {float(dtype(1.002))}, nan]"


def test_of_a_coloured_picture_and_of_a_series_one_plane_is_the_image(tmp_path):
    rng = np.random.default_rng(0)
    picture, series = rng.integers(0, 9, (6, 5, 3), np.uint8), rng.integers(0, 9, (4, 5, 3, 2)).astype(np.int16)
    write_image(tmp_path / "rgb.png", picture, np.eye(4))
    write_image(tmp_path / "ctp.nii.gz", series, affine_of())
    for role, name, plane in (("rgb", "rgb.png", picture[..., 0]), ("ctp", "ctp.nii.gz", series[..., 0])):
        image, label = read_reference(Case("a", "p", "", {role: tmp_path / name}))
        assert image.array.shape == plane.shape
        assert label.shape == plane.shape
        assert not label.any()

"""A case's label on the grid of its first image."""

import numpy as np

from segrepro.datasets import Case
from segrepro.images.io import read_image, write_image
from segrepro.images.labels import read_reference
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
    np.testing.assert_array_equal(image.array, -scan)
    np.testing.assert_array_equal(image.affine, read_image(images["flair"]).affine)
    assert label.dtype == np.uint8
    np.testing.assert_array_equal(label, first // 60 + second // 40)


def test_of_a_coloured_picture_and_of_a_series_one_plane_is_the_image(tmp_path):
    rng = np.random.default_rng(0)
    picture, series = rng.integers(0, 9, (6, 5, 3), np.uint8), rng.integers(0, 9, (4, 5, 3, 2)).astype(np.int16)
    write_image(tmp_path / "rgb.png", picture, np.eye(4))
    write_image(tmp_path / "ctp.nii.gz", series, affine_of())
    for role, name, plane in (("rgb", "rgb.png", picture[..., 0]), ("ctp", "ctp.nii.gz", series[..., 0])):
        image, label = read_reference(Case("a", "p", "", {role: tmp_path / name}))
        np.testing.assert_array_equal(image.array, plane)
        assert label.shape == plane.shape
        assert not label.any()

"""A file as one grey scan, and what series and coloured pictures stand for."""

import nibabel as nib
import numpy as np
import pytest

from segrepro.images.io import write_image
from segrepro.images.scans import read_grid, read_modality, read_scan, series_shape
from segrepro.utils.errors import DataError
from tests.scans import affine_of

VOLUME = np.arange(60, dtype=np.int16).reshape(3, 4, 5)


def test_a_fourth_axis_of_one_is_dropped(tmp_path):
    write_image(tmp_path / "a.nii.gz", VOLUME[..., None], affine_of())
    assert read_scan(tmp_path / "a.nii.gz").array.shape == (3, 4, 5)


def test_a_series_stands_for_its_first_volume(tmp_path):
    series = np.stack([VOLUME, VOLUME + 100], -1)
    write_image(tmp_path / "ctp.nii.gz", series, affine_of())
    np.testing.assert_array_equal(read_modality("ctp", tmp_path / "ctp.nii.gz").array, VOLUME)
    with pytest.raises(DataError):
        read_modality("t1", tmp_path / "ctp.nii.gz")


def test_a_single_volume_is_no_series_and_a_grey_picture_not_coloured(tmp_path):
    write_image(tmp_path / "a.nii.gz", VOLUME, affine_of())
    write_image(tmp_path / "a.png", np.zeros((4, 5), np.uint8), np.eye(4))
    for modality, name in (("ctp", "a.nii.gz"), ("rgb", "a.png")):
        with pytest.raises(DataError) as caught:
            read_modality(modality, tmp_path / name)
        assert caught.value.where == str(tmp_path / name)


@pytest.mark.parametrize("shape", [(3, 4, 5, 6), (3, 4, 5, 1, 6)])
def test_time_is_the_fourth_axis(shape):
    assert series_shape(shape) == (3, 4, 5, 6)


def test_the_grid_of_a_header_is_that_of_the_whole_image(tmp_path):
    """ISLES 2018: the sform is an identity that pixdim contradicts."""
    image = nib.Nifti1Image(VOLUME, np.eye(4))
    image.header["pixdim"][1:4] = (1, 1, 5)
    image.header.set_qform(None, 0)
    image.header.set_sform(np.eye(4), 1)
    image.header["pixdim"][1:4] = (1, 1, 5)
    nib.save(image, tmp_path / "a.nii")
    whole, grid = read_scan(tmp_path / "a.nii"), read_grid("t1", tmp_path / "a.nii")
    np.testing.assert_array_equal(grid.affine, whole.affine)
    assert grid.spacing_mm == (1, 1, 5)

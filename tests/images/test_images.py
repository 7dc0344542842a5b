import gzip

import numpy as np
import pytest

from segrepro.images.image import Image, is_picture
from segrepro.images.io import read_image, write_image
from segrepro.utils.errors import DataError
from tests.scans import affine_of


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32, np.float64])
def test_a_volume_comes_back_with_type_and_affine(tmp_path, ending, dtype):
    array = np.random.default_rng(0).integers(0, 99, (4, 5, 6)).astype(dtype)
    affine = affine_of("LPS", (0.5, 1.5, 4), tilt=0.3)
    write_image(tmp_path / f"v{ending}", array, affine)
    image = read_image(tmp_path / f"v{ending}")
    assert image.array.dtype == dtype
    np.testing.assert_array_equal(image.array, array)
    np.testing.assert_allclose(image.affine, affine, atol=1e-6)
    assert image.spacing_mm == pytest.approx((0.5, 1.5, 4))


def test_nibabel_reads_the_same(tmp_path):
    import nibabel as nib

    array = np.random.default_rng(0).normal(0, 500, (4, 5, 6))
    image = nib.Nifti1Image(array, affine_of(tilt=0.1))
    image.set_data_dtype(np.int16)  # makes nibabel write a slope and an intercept
    nib.save(image, tmp_path / "scaled.nii.gz")
    ours = read_image(tmp_path / "scaled.nii.gz")
    assert ours.array.dtype == np.float32
    np.testing.assert_allclose(ours.array, nib.load(tmp_path / "scaled.nii.gz").get_fdata(), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("name", ["Nifti1Image", "Nifti2Image"])
def test_both_nifti_versions_and_byte_orders_are_read(tmp_path, name):
    import nibabel as nib

    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    kind = getattr(nib, name)
    for endianness in "<>":
        image = kind(array, np.eye(4), kind.header_class(endianness=endianness))
        nib.save(image, tmp_path / "v.nii")
        np.testing.assert_array_equal(read_image(tmp_path / "v.nii").array, array)


def test_a_name_in_capitals_is_unpacked_too(tmp_path):
    write_image(tmp_path / "a.nii.gz", np.ones((2, 2, 2), np.uint8), np.eye(4))
    (tmp_path / "a.nii.gz").rename(tmp_path / "A.NII.GZ")
    assert read_image(tmp_path / "A.NII.GZ").array.all()


@pytest.mark.parametrize("dtype", [bool, np.float16])
def test_masks_and_half_floats_are_written_as_types_nifti_knows(tmp_path, dtype):
    array = (np.arange(8).reshape(2, 2, 2) % 2).astype(dtype)
    write_image(tmp_path / "a.nii.gz", array, np.eye(4))
    np.testing.assert_array_equal(read_image(tmp_path / "a.nii.gz").array, array)


def test_pictures_come_back_in_grey_and_colour_order(tmp_path):
    import cv2

    grey = np.random.default_rng(0).integers(0, 255, (5, 7), dtype=np.uint8)
    write_image(tmp_path / "g.png", grey, np.eye(4))
    np.testing.assert_array_equal(read_image(tmp_path / "g.png").array, grey)
    red = np.zeros((4, 4, 4), np.uint8)
    red[..., 2] = red[..., 3] = 255  # OpenCV keeps blue, green, red, alpha
    cv2.imwrite(str(tmp_path / "c.png"), red)
    assert read_image(tmp_path / "c.png").array[0, 0].tolist() == [255, 0, 0]
    assert is_picture(tmp_path / "c.PNG")


def test_a_picture_has_no_third_axis_of_spacing():
    assert Image(np.zeros((3, 4)), np.eye(4)).spacing_mm == (1.0, 1.0)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".png", ".jpg"])
@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.98])
def test_a_truncated_file_is_named(tmp_path, ending, kept):
    array = np.random.default_rng(0).integers(0, 255, (40, 40, 10) if "nii" in ending else (90, 90), np.uint8)
    path = tmp_path / f"a{ending}"
    write_image(path, array, np.eye(4))
    assert read_image(path).array.shape == array.shape
    raw = path.read_bytes()
    path.write_bytes(raw[: kept if kept > 1 or kept == 0 else int(kept * len(raw))])
    with pytest.raises(DataError, match=f"a{ending}") as error:
        read_image(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"not an image" * 100, gzip.compress(b"not an image" * 100, mtime=0)])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".jpg"])
def test_a_file_that_is_no_image_is_named(tmp_path, ending, content):
    (tmp_path / f"a{ending}").write_bytes(content)
    with pytest.raises(DataError, match=f"a{ending}"):
        read_image(tmp_path / f"a{ending}")


def test_real_photographs_are_whole(real_data):
    photographs = list((real_data / "isic2017").rglob("*.jpg"))
    assert photographs
    for path in photographs:
        assert read_image(path).array.ndim == 3


def test_missing_files_and_unknown_endings_are_named(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_image(tmp_path / "a.nii")
    (tmp_path / "a.mnc").write_bytes(b"")
    with pytest.raises(DataError, match="the ending '.mnc'"):
        read_image(tmp_path / "a.mnc")


def test_voxels_of_colour_or_complex_numbers_are_refused(tmp_path):
    import nibabel as nib

    nib.save(nib.Nifti1Image(np.ones((2, 2, 2), np.complex64), np.eye(4)), tmp_path / "a.nii")
    with pytest.raises(DataError, match="integers or real numbers"):
        read_image(tmp_path / "a.nii")


def test_a_write_that_fails_leaves_the_former_file(tmp_path):
    write_image(tmp_path / "a.nii.gz", np.ones((2, 2, 2), np.uint8), np.eye(4))
    with pytest.raises(Exception, match="int64"):
        write_image(tmp_path / "a.nii.gz", np.ones((2, 2, 2), np.int64), np.eye(4))
    assert read_image(tmp_path / "a.nii.gz").array.all()
    assert [p.name for p in tmp_path.iterdir()] == ["a.nii.gz"]

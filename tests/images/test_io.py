"""Reading and writing whole files."""

import gzip

import numpy as np
import pytest

from segrepro.images.io import read_image, write_image
from segrepro.utils.errors import DataError
from tests.raised import raised
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


@pytest.mark.parametrize("dtype", [bool, np.float16])
def test_masks_and_half_floats_are_written_as_types_nifti_knows(tmp_path, dtype):
    array = (np.arange(8).reshape(2, 2, 2) % 2).astype(dtype)
    write_image(tmp_path / "a.nii.gz", array, np.eye(4))
    np.testing.assert_array_equal(read_image(tmp_path / "a.nii.gz").array, array)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".png", ".jpg"])
@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.98])
def test_a_truncated_file_is_named(tmp_path, ending, kept):
    array = np.random.default_rng(0).integers(0, 255, (40, 40, 10) if "nii" in ending else (90, 90), np.uint8)
    path = tmp_path / f"a{ending}"
    write_image(path, array, np.eye(4))
    assert read_image(path).array.shape == array.shape
    raw = path.read_bytes()
    path.write_bytes(raw[: kept if kept > 1 or kept == 0 else int(kept * len(raw))])
    with raised(DataError, where=f"a{ending}") as error:
        read_image(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"not an image" * 100, gzip.compress(b"not an image" * 100, mtime=0)])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".jpg"])
def test_a_file_that_is_no_image_is_named(tmp_path, ending, content):
    (tmp_path / f"a{ending}").write_bytes(content)
    with raised(DataError, where=f"a{ending}"):
        read_image(tmp_path / f"a{ending}")


def test_missing_files_and_unknown_endings_are_named(tmp_path):
    with raised(DataError, found="no such file"):
        read_image(tmp_path / "a.nii")
    (tmp_path / "a.mnc").write_bytes(b"")
    with raised(DataError, found="the ending '.mnc'"):
        read_image(tmp_path / "a.mnc")


def test_a_write_that_fails_leaves_the_former_file(tmp_path):
    write_image(tmp_path / "a.nii.gz", np.ones((2, 2, 2), np.uint8), np.eye(4))
    with pytest.raises(Exception, match="int64"):
        write_image(tmp_path / "a.nii.gz", np.ones((2, 2, 2), np.int64), np.eye(4))
    assert read_image(tmp_path / "a.nii.gz").array.all()
    assert [p.name for p in tmp_path.iterdir()] == ["a.nii.gz"]

"""Slices that lie behind one another, and those that do not."""

import numpy as np
import pydicom
import pytest

from segrepro.images.dicom import read_series, slice_files
from tests.images.test_dicom import change, refused, write


def moved(folder, shift):
    """Each slice moved to the front by what `shift` says of its number, in mm."""
    for number, path in enumerate(slice_files(folder)):
        x, y, z = pydicom.dcmread(path).ImagePositionPatient
        change(path, ImagePositionPatient=[x, y + shift(number), z])


def test_a_tilted_gantry_is_refused(tmp_path):
    write(tmp_path / "a", 1)
    moved(tmp_path / "a", lambda number: 0.8 * number)
    refused(tmp_path / "a", "shift by 0.76. mm sideways")


@pytest.mark.parametrize(("shift", "said"), [(lambda n: 9 * (n == 2), 9), (lambda n: 4 * (n % 2), 4)])
def test_a_slice_beside_the_others_is_refused(tmp_path, shift, said):
    write(tmp_path / "a", 1)
    moved(tmp_path / "a", shift)
    refused(tmp_path / "a", f"a slice {said} mm beside the line of the others")


def test_a_slight_tilt_is_in_the_affine(tmp_path):
    write(tmp_path / "a", 1)
    before = read_series(tmp_path / "a").affine
    moved(tmp_path / "a", lambda number: 0.1 * number)
    after = read_series(tmp_path / "a").affine
    np.testing.assert_allclose((after - before)[:, 2], [0, -0.1, 0, 0], atol=1e-6)

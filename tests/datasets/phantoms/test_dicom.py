"""How drawn volumes lie in the scanner, and what is written of them."""

import numpy as np
import pydicom
import pytest

from segrepro.datasets.phantoms._dicom import place, write_masks, write_series
from segrepro.images.io import read_image
from segrepro.images.scans import read_scan

SHAPE, SPACING = (6, 5, 4), (2.0, 3.0, 7.0)
VOLUME = np.arange(120, dtype=np.int16).reshape(SHAPE)


def placement(patient):
    return place(np.random.default_rng(0), patient, SHAPE, SPACING)


@pytest.mark.parametrize(("patient", "order"), [(0, [3, 2, 1, 0]), (1, [0, 1, 2, 3]), (3, [3, 2, 1, 0])])
def test_names_count_down_or_up(patient, order):
    assert placement(patient).order.tolist() == order


def test_every_fourth_is_shuffled_mirrored_or_oblique():
    assert sorted(placement(2).order) == [0, 1, 2, 3]
    assert [placement(patient).flips for patient in range(4)] == [(0, 1), (0, 1), (1,), (0, 1)]
    tilted = [abs(placement(patient).affine[2, 1]) > 0.1 for patient in range(4)]
    assert tilted == [False, False, False, True]


@pytest.mark.parametrize("patient", range(4))
def test_axes_keep_their_spacing(patient):
    np.testing.assert_allclose(np.linalg.norm(placement(patient).affine[:3, :3], axis=0), SPACING)


@pytest.mark.parametrize("intercept", [-1024, None])
def test_a_series_is_read_back_with_its_values(tmp_path, intercept):
    placed = placement(1)
    volume = VOLUME - 200 if intercept else VOLUME
    write_series(tmp_path / "s", volume, placed, "{:03d}".format, "P1", intercept)
    headers = [pydicom.dcmread(path) for path in sorted((tmp_path / "s").iterdir())]
    assert [header.InstanceNumber for header in headers] == [1, 2, 3, 4]
    assert len({header.SOPInstanceUID for header in headers}) == 4
    assert {header.Modality for header in headers} == {"CT" if intercept else "MR"}
    image = read_scan(tmp_path / "s")
    assert sorted(image.array.ravel().tolist()) == sorted(volume.ravel().tolist())
    np.testing.assert_allclose(sorted(np.linalg.norm(image.affine[:3, :3], axis=0)), SPACING, rtol=1e-6)


def test_a_mask_has_the_number_of_its_slice(tmp_path):
    placed = placement(2)
    write_masks(tmp_path, VOLUME.astype(np.uint8), placed, "{:03d}".format)
    for number, index in enumerate(placed.order):
        written = read_image(tmp_path / f"{number:03d}.png").array
        assert np.array_equal(written, placed.turned(VOLUME)[:, :, index].T)

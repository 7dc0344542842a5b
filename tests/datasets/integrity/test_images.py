"""What one image shows to be wrong."""

from pathlib import Path

import numpy as np
import PIL.ExifTags
import PIL.Image
import pytest

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.images import hounsfield_error, image_faults, spacing_faults, turned_pictures
from segrepro.images.image import Image
from tests.scans import affine_of

CASE, PATH = Case("a", "a", "", {}), Path("ct.nii.gz")
NOISE = np.random.default_rng(0).normal(100, 20, (8, 9, 10))


def found_in(array, modality="t1", spacing=(1.0, 2.0, 3.0)):
    return [fault.found for fault in image_faults(CASE, modality, PATH, Image(array, affine_of("RAS", spacing)))]


def test_a_sound_image_has_no_fault():
    assert found_in(NOISE) == []
    assert found_in(NOISE - 1100, "ct") == []


def test_values_that_are_none():
    broken = NOISE.copy()
    broken[0, 0, :2] = np.nan
    assert found_in(broken) == ["NaN or infinity in 2 voxels"]
    assert found_in(np.full((4, 4, 4), 7)) == ["the value 7 everywhere"]


def test_one_value_far_above_all_others_is_seen():
    metal = np.random.default_rng(0).normal(100, 20, (20, 20, 20))
    metal[0, 0, 0] = 49944
    (found,) = found_in(metal)
    assert found.startswith("values up to 49944")


@pytest.mark.parametrize(("low", "high", "sound"), [(-1024, 3000, True), (0, 4095, False), (-1, 10**6, False)])
def test_hounsfield_units_begin_below_0_and_fit_16_bits(low, high, sound):
    assert (hounsfield_error(PATH, low, high) is None) == sound


def test_a_brain_alone_in_hounsfield_units_has_0_around_it():
    brain = np.zeros((8, 9, 10))
    brain[2:6, 2:7, 2:8] = np.random.default_rng(0).uniform(20, 60, (4, 5, 6))
    assert found_in(brain, "ct") == []
    assert len(found_in(brain / 1000, "ct")) == 1  # scaled to 0-1


@pytest.mark.parametrize("spacing", [(0.001, 0.001, 0.005), (1000.0, 1000.0, 5000.0)])
def test_metres_and_micrometres_are_no_mm(spacing):
    assert len(spacing_faults(CASE, PATH, Image(NOISE, affine_of("RAS", spacing)))) == 1


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_picture_that_viewers_turn_may_lie_beside_its_mask(tmp_path, orientation):
    exif = PIL.Image.Exif()
    exif[PIL.ExifTags.Base.Orientation] = orientation
    picture = PIL.Image.fromarray(NOISE[..., 0].astype(np.uint8))
    picture.save(tmp_path / "a.jpg", exif=exif.tobytes())
    picture.save(tmp_path / "upright.jpg")
    picture.save(tmp_path / "a.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    case = Case("a", "a", "", {"rgb": tmp_path / "a.jpg"}, (tmp_path / "a.png", tmp_path / "broken.png"))
    (fault,) = turned_pictures(case)
    assert fault.file == str(tmp_path / "a.jpg")
    assert turned_pictures(Case("b", "b", "", {"rgb": tmp_path / "upright.jpg"}, (tmp_path / "a.png",))) == []


@pytest.mark.parametrize("modality", ["ct", "ctp"])
def test_a_ct_that_is_stored_1024_higher_is_no_hounsfield_units(modality):
    head = np.full((8, 9, 10), -1000.0)
    head[2:6, 2:7, 2:8] = np.random.default_rng(0).uniform(20, 60, (4, 5, 6))
    assert found_in(head, modality) == []
    (fault,) = found_in(head + 1024, modality)
    assert "CT with values from 24 to" in str(fault)

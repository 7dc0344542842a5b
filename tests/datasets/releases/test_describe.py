"""What an owner may tell of a data set: nothing of anybody."""

import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.releases.describe import describe
from segrepro.datasets.releases.recognise import recognise
from tests.scans import affine_of, write_in_every_kind


@pytest.fixture
def atlas(tmp_path):
    """One visit in the names of ATLAS R1.1, with an odd file beside, and a mask of 32-bit numbers with a slope."""
    visit = tmp_path / "atlas" / "Site1" / "031768" / "t01"
    visit.mkdir(parents=True)
    voxels = np.zeros((4, 5, 6), np.float32)
    voxels[1, 2, 3] = 99.5
    nib.save(nib.Nifti1Image(voxels, np.diag([-1, 1, 1, 1])), visit / "031768_t1w_deface_stx.nii.gz")
    mask = nib.Nifti1Image((voxels > 0).astype(np.int32), np.eye(4))
    mask.header.set_slope_inter(0.5, 0)
    nib.save(mask, visit / "031768_LesionSmooth_stx.nii.gz")
    (visit.parents[2] / "Erika Mustermann 1956.txt").write_text("secret")
    return tmp_path / "atlas"


def lines_on(folder):
    return describe(open_dataset("atlas", folder), next(iter(recognise(folder, "atlas")), None))


def test_types_values_and_headers_are_told(atlas):
    text = "\n".join(lines_on(atlas))
    assert "t1: 1 files, values from 0 to 99.5" in text
    assert "type: float32, slope 1 (1)" in text
    assert "type: int32, slope 0.5 (1)" in text
    assert "values: 0, 0.5 (1)" in text
    assert "orientation: LAS (1)" in text
    assert "pixdim: 1 x 1 x 1 (1)" in text


def test_what_is_not_known_of_the_release_comes_first(atlas):
    (line,) = [line for line in lines_on(atlas) if line.startswith("not known so far")]
    assert "orientations" in line
    assert "types of mask" in line
    assert "pixel_mm" not in line


def test_no_name_and_no_number_of_anybody_is_told(atlas):
    text = "\n".join(lines_on(atlas))
    for secret in ("Erika", "Mustermann", "1956", "031768", "secret"):
        assert secret not in text
    assert "1 x Site#/#/t#/#_t#w_deface_stx.nii.gz" in text
    assert "1 x * * #.txt" in text


def test_a_file_that_cannot_be_read_is_left_to_the_check(atlas):
    (path,) = atlas.rglob("*LesionSmooth*")
    path.write_bytes(b"no image")
    assert not any("mask:" in line for line in lines_on(atlas))


def test_every_kind_of_file_is_described(tmp_path):
    scan = np.arange(9 * 8 * 7, dtype=np.float32).reshape(9, 8, 7)
    names = write_in_every_kind(tmp_path / "images", scan, affine_of("LPS", (1, 2, 3)))
    write_in_every_kind(tmp_path / "masks", (scan > 100).astype(np.uint8), affine_of("LPS", (1, 2, 3)))
    text = "\n".join(describe(open_dataset("slices", tmp_path), None))
    assert f"image: {len(names)} files, values from 0 to 503" in text
    assert f"orientation: LPS ({len(names)})" in text
    assert "pixdim: 1 x 2 x 3 (3)" in text
    assert "voxels, mm: 1 x 2 x 3 (5)" in text

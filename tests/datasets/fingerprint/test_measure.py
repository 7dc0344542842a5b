import numpy as np
import pytest

from segrepro.datasets.fingerprint.measure import fingerprint_folder
from segrepro.images.io import write_image
from segrepro.utils.errors import DataError
from tests.datasets.layouts.test_nnunet import V2, write_raw
from tests.scans import affine_of, write_slices


def test_volumes_are_measured_along_x_y_and_z_whatever_the_order_of_axes(tmp_path):
    write_raw(tmp_path, V2, names="a")
    rng = np.random.default_rng(0)
    first = rng.normal(300, 50, (8, 10, 6)).round().astype(np.int16)
    label = np.zeros(first.shape, np.uint8)
    label[:2, :3], label[2, 3, 0] = 2, 1
    first[label == 0] = 0
    affine = affine_of("PIR", (0.5, 4.0, 0.25))
    write_image(tmp_path / "imagesTr/a_0000.nii.gz", first, affine)
    write_image(tmp_path / "imagesTr/a_0001.nii.gz", first[::-1] * 2, affine)
    write_image(tmp_path / "labelsTr/a.nii.gz", label, affine)
    found = fingerprint_folder(tmp_path)
    (case,) = found.cases
    assert (found.layout, found.labels, found.modalities) == ("nnunet", {1: "core", 2: "edge"}, ["t1", "flair"])
    assert case.spacing_mm == pytest.approx((0.25, 0.5, 4.0))
    assert (case.shape, case.orientation) == ((6, 8, 10), "PIR")
    assert case.voxels == {1: 1, 2: 36}
    assert case.ml == pytest.approx({1: 0.0005, 2: 0.018})
    t1 = case.intensities["t1"]
    assert (t1.lowest, t1.highest) == (0, first.max())
    assert t1.high == pytest.approx(np.percentile(first, 99.5))
    assert t1.zeros == pytest.approx(np.mean(first == 0))
    assert found.foreground["t1"].mean == pytest.approx(first[label > 0].mean())
    assert found.foreground["flair"].high == pytest.approx(np.percentile(first[::-1][label > 0] * 2, 99.5))


def test_pictures_have_no_spacing(tmp_path):
    write_slices(tmp_path, ["a", "b"])
    found = fingerprint_folder(tmp_path)
    assert (found.layout, found.pictures, found.patients) == ("slices", True, ["a", "b"])
    assert found.shapes.tolist() == [[10, 12], [10, 12]]
    assert [case.voxels for case in found.cases] == [{1: 9}, {1: 9}]


def test_all_faults_of_the_data_are_said_at_once(tmp_path):
    write_raw(tmp_path, V2, names="abc")
    (tmp_path / "imagesTr/a_0001.nii.gz").unlink()
    (tmp_path / "labelsTr/b.nii.gz").write_bytes(b"no NIfTI")
    with pytest.raises(DataError) as error:
        fingerprint_folder(tmp_path)
    lines = str(error.value).splitlines()
    assert len(lines) == 2
    assert {"a_0001.nii.gz", "b.nii.gz"} == {line.split(": found")[0].rpartition("/")[2] for line in lines}


def test_a_case_without_a_label_has_no_foreground(tmp_path):
    write_slices(tmp_path, ["a"], value=0)
    found = fingerprint_folder(tmp_path, "slices")
    assert (found.cases[0].voxels, found.foreground) == ({}, {})

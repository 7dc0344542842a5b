import gzip
import os
from dataclasses import replace

import numpy as np
import pytest

from segrepro.datasets import Case, Dataset
from segrepro.datasets.integrity.check import check_dataset, require_sound, write_faults
from segrepro.datasets.integrity.fault import Fault
from segrepro.images.io import write_image
from segrepro.utils.csv_files import read_rows
from segrepro.utils.errors import DataError
from tests.raised import raised
from tests.scans import affine_of, write_case

SHAPE = (9, 8, 7)


def checked(*cases, **settings):
    dataset = Dataset("set", "slices", "folder", list(cases), ("background", "lesion"))
    return check_dataset(dataset, **settings)


@pytest.fixture
def case(tmp_path):
    return write_case(tmp_path, SHAPE)


def damage_image(case, array, affine=None):
    write_image(case.images["t1"], array, affine_of() if affine is None else affine)


def damage_label(case, array, affine=None):
    write_image(case.labels[0], array, affine_of() if affine is None else affine)


def test_a_sound_case_has_no_fault(case):
    assert checked(case, folds=1) == []


def test_voxels_that_are_no_number(case):
    array = np.ones(SHAPE, np.float32)
    array[0, 0, 0], array[1, 1, 1] = np.nan, np.inf
    damage_image(case, array)
    (fault,) = checked(case)
    assert (fault.case, fault.file) == (case.id, str(case.images["t1"]))
    assert fault.found == "NaN or infinity in 2 voxels"


def test_a_blank_image(case):
    damage_image(case, np.full(SHAPE, 7, np.int16))
    assert [f.found for f in checked(case)] == ["the value 7 everywhere"]


def test_a_series_where_a_volume_belongs(case):
    damage_image(case, np.random.default_rng(0).random((*SHAPE, 2), np.float32))
    assert [f.found for f in checked(case)] == ["shape (9, 8, 7, 2)"]


@pytest.mark.parametrize("role", ["image", "label"])
@pytest.mark.parametrize("kept", [0, 40, -20])
def test_a_truncated_file(case, role, kept):
    path = case.images["t1"] if role == "image" else case.labels[0]
    path.write_bytes(path.read_bytes()[:kept])
    assert [f.file for f in checked(case)] == [str(path)]


def test_an_affine_without_inverse(case):
    path = case.images["t1"]
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[312:328] = bytes(16)  # the last row of the sform
    path.write_bytes(gzip.compress(bytes(raw)))
    assert [f.found for f in checked(case)] == ["an affine without inverse"]


@pytest.mark.parametrize(
    ("shape", "shift", "found"),
    [
        ((9, 8, 6), 0, "shape (9, 8, 6)"),
        (SHAPE, 0.06, "an affine that differs by 0.06 mm"),
        (SHAPE, 0.0005, None),
    ],
)
def test_a_label_on_another_grid(case, shape, shift, found):
    affine = affine_of()
    affine[0, 3] += shift
    damage_label(case, np.random.default_rng(0).integers(0, 2, shape, dtype=np.uint8), affine)
    assert [f.found for f in checked(case)] == ([found] if found else [])


@pytest.mark.parametrize(
    ("values", "shown"), [((0, 1, 2), "0, 1, 2"), ((0.0, 0.5, 1.0), "0, 0.5, 1"), ((-1, 0), "-1, 0")]
)
def test_a_label_of_several_values(case, values, shown):
    dtype = np.float32 if 0.5 in values else np.int16
    damage_label(case, np.resize(np.array(values, dtype), SHAPE))
    assert f"the values {shown}" in [f.found for f in checked(case)]


@pytest.mark.parametrize("values", [(0, 1), (0, 255)])
def test_a_label_of_one_value_and_0(case, values):
    damage_label(case, np.resize(np.array(values, np.uint8), SHAPE))
    assert checked(case) == []


def test_a_label_without_background(case):
    damage_label(case, np.ones(SHAPE, np.uint8))
    assert [fault.found for fault in checked(case)] == ["a label in every voxel"]


def test_an_empty_label_is_a_fault_unless_allowed(case):
    damage_label(case, np.zeros(SHAPE, np.uint8))
    assert [f.found for f in checked(case)] == ["an empty label"]
    assert checked(case, allow_empty=True) == []


def test_one_empty_label_file_beside_a_full_one_is_no_fault(case, tmp_path):
    second = tmp_path / "second.nii.gz"
    write_image(second, np.zeros(SHAPE, np.uint8), affine_of())
    assert checked(replace(case, labels=(*case.labels, second))) == []


def ct_faults(tmp_path, array):
    path = tmp_path / "ct.nii.gz"
    write_image(path, array.astype(np.int32), affine_of())
    return [fault.found for fault in checked(Case("a", "a", "", {"ct": path}, part="test")) if fault.case]


def test_a_ct_of_the_brain_alone_may_have_0_around_it(tmp_path):
    brain = np.random.default_rng(0).integers(20, 45, SHAPE)
    brain[:3] = 0
    assert ct_faults(tmp_path, brain) == []
    assert ct_faults(tmp_path, brain + 1024 * (brain > 0)) == ["CT with values from 0 to 1068"]


def test_archives_beside_the_cases_are_said(tmp_path, capsys, case):
    for name in ("part2.zip", "more/part3.tar.gz", "more/a.nii.gz", ".hidden.zip"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    check_dataset(Dataset("set", "slices", tmp_path, [case], ("background", "lesion")))
    assert "more/part3.tar.gz, part2.zip not unpacked" in capsys.readouterr().err


def test_the_same_image_under_two_names(tmp_path):
    first, second = (write_case(tmp_path, SHAPE, name=name, seed=1) for name in "ab")
    (fault,) = checked(first, second)
    assert (fault.case, fault.found) == ("b", f"the same voxels as {first.images['t1']}")


def test_too_few_patients_for_the_folds(tmp_path):
    visits = [replace(write_case(tmp_path, SHAPE, name=n, seed=ord(n)), patient="p") for n in "abc"]
    assert [f.found for f in checked(*visits, folds=2)] == ["1 patients"]


def test_all_faults_come_at_once_and_in_the_same_order_from_several_processes(tmp_path):
    cases = [write_case(tmp_path, SHAPE, name=n, seed=ord(n)) for n in "abcd"]
    damage_label(cases[0], np.zeros(SHAPE, np.uint8))
    damage_image(cases[1], np.full(SHAPE, 1, np.int16))
    cases[2].images["t1"].unlink()
    alone = checked(*cases)
    assert [f.case for f in alone] == ["a", "b", "c"]
    assert checked(*cases, workers=2) == alone


def test_the_error_counts_the_faults_and_names_the_table(tmp_path):
    faults = [Fault(f"c{i}", f"f;{i}\n", "x", "y", "z") for i in range(5)]
    with raised(DataError, found="5 faults in 5 cases") as error:
        require_sound(faults, tmp_path / "faults.csv")
    assert [Fault(*row) for row in read_rows(tmp_path / "faults.csv")[1:]] == faults
    assert str(tmp_path / "faults.csv") in str(error.value)
    assert "and 2 more" in str(error.value)


def test_a_name_that_is_no_text_is_listed_too(tmp_path):
    name = os.fsdecode(b"scan-\xff.nii")
    write_faults([Fault("scan", name, "x", "y", "z")], tmp_path / "faults.csv")
    assert "scan-\\udcff.nii" in (tmp_path / "faults.csv").read_text()


def test_no_fault_no_error(tmp_path):
    write_faults([], tmp_path / "faults.csv")
    assert (tmp_path / "faults.csv").read_text() == "case,file,found,expected,remedy\n"
    require_sound([], tmp_path / "faults.csv")
    assert not (tmp_path / "faults.csv").exists()

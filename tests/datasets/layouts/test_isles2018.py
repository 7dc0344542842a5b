from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.layouts.isles2018 import find_cases, find_test_cases, smir_id
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.io import write_image
from segrepro.preprocessing.features.perfusion import extract_file
from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.utils.errors import DataError, GridError
from tests.raised import raised
from tests.scans import affine_of

TRAINING = ("CT", "CT_4DPWI", "CT_CBF", "CT_CBV", "CT_MTT", "CT_Tmax", "MR_DWI", "OT")
TESTING = TRAINING[:-2]


def add_case(folder, number, part="TRAINING", kinds=TRAINING, first_id=345560):
    for place, kind in enumerate(kinds):
        name = f"SMIR.Brain.XX.O.{kind}.{first_id + 10 * number + place}"
        path = folder / part / f"case_{number}" / name / f"{name}.nii"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")


def write_mapping(folder, text="Case number,Training name\n1,Train_1\n2,Train_2_A\n10,Train_2_B\n"):
    (folder / "ISLES2018_Training.csv").write_text(text)


@pytest.fixture
def folder(tmp_path):
    for number in (1, 2, 10):
        add_case(tmp_path, number)
    for number in (1, 2):
        add_case(tmp_path, number, "TESTING", TESTING, 400000)
    write_mapping(tmp_path)
    return tmp_path


def test_cases_roles_and_patients(folder):
    cases = find_cases(folder)
    assert [(case.id, case.patient) for case in cases] == [
        ("case_1", "Train_1"),
        ("case_2", "Train_2"),
        ("case_10", "Train_2"),
    ]
    assert list(cases[0].images) == ["cbf", "cbv", "mtt", "tmax", "dwi", "ct", "ctp"]
    assert cases[0].images["ctp"].name == "SMIR.Brain.XX.O.CT_4DPWI.345571.nii"
    assert cases[0].labels[0].name == "SMIR.Brain.XX.O.OT.345577.nii"
    assert smir_id(cases[0].images["mtt"]) == "345574"
    assert len(open_dataset("isles2018", folder).cases) == 3


def test_the_test_part_has_neither_dwi_nor_label(folder):
    cases = find_test_cases(folder)
    assert [(case.id, case.patient) for case in cases] == [("test_case_1", "test_case_1"), ("test_case_2",) * 2]
    assert list(cases[0].images) == ["cbf", "cbv", "mtt", "tmax", "ct", "ctp"]
    assert cases[0].labels == ()
    assert smir_id(cases[1].images["mtt"]) == "400024"


@pytest.mark.parametrize(
    "text",
    [
        "1;Train_1\n2;Train_2_A\n10;Train_2_B",
        "\ufeffname,number\nTrain_1,case_1\nTrain_2_A,case_2\nTrain_2_B,case_10\n",
        "training\tcase\ntraining_1\t1\ntraining_2_a\t2\ntraining_2_b\t10\n",
    ],
)
def test_the_csv_is_known_by_its_content(folder, text):
    write_mapping(folder, text)
    (folder / "scores.csv").write_text("case,dice\n1,0.5\n")
    patients = [case.patient for case in find_cases(folder)]
    assert patients[1] == patients[2] != patients[0]


def test_a_csv_that_is_missing_or_misses_a_case(folder):
    write_mapping(folder, "1,Train_1\n2,Train_2_A\n")
    with raised(DataError, where="ISLES2018_Training.csv", found="no row for case_10", expected="every case"):
        find_cases(folder)
    (folder / "ISLES2018_Training.csv").unlink()
    with pytest.raises(DataError) as caught:
        find_cases(folder)
    assert caught.value.found == "nothing that tells the patient of case_1, case_2, case_10"
    assert "patients.csv" in caught.value.remedy
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("1,Train_1\n")
    with raised(DataError, found="a.csv, b.csv", expected="one CSV"):
        find_cases(folder)


def test_all_cases_with_an_image_twice_are_named_at_once(folder):
    for number in (2, 10):
        add_case(folder, number, kinds=["CT_MTT"], first_id=500000)
    with raised(DataError, found="several CT_MTT or MR_MTT in case_2, case_10", expected="one") as error:
        find_cases(folder)
    assert "\n" not in str(error.value)


def test_a_release_without_any_dwi_can_be_used(folder):
    for path in folder.rglob("*.MR_DWI.*.nii"):
        path.unlink()
    assert "dwi" not in find_cases(folder)[0].images


def test_what_is_no_case_is_left_out(folder):
    (folder / "__MACOSX" / "TRAINING" / "case_1" / "x").mkdir(parents=True)
    (folder / "__MACOSX" / "TRAINING" / "case_1" / "x" / "._SMIR.Brain.XX.O.OT.1.nii").write_bytes(b"")
    (folder / "TRAINING" / "case_1" / "notes.txt").write_text("")
    assert len(find_cases(folder)) == 3
    assert find_cases(folder / "TESTING") == []


def test_the_folder_may_be_training_itself(folder, monkeypatch):
    inside = find_cases(folder / "TRAINING")
    assert inside == find_cases(folder)
    monkeypatch.chdir(folder / "TRAINING")
    assert [case.patient for case in find_cases(Path())] == ["Train_1", "Train_2", "Train_2"]


def test_the_first_upload_calls_its_maps_mr(tmp_path):
    kinds = ("MR_4DPWI", "CT", "MR_CBF", "MR_CBV", "MR_DWI", "MR_MTT", "OT", "MR_Tmax")
    add_case(tmp_path, 1, kinds=kinds, first_id=339192)
    write_mapping(tmp_path, "1,Train_01_A\n")
    (case,) = find_cases(tmp_path)
    assert list(case.images) == ["cbf", "cbv", "mtt", "tmax", "dwi", "ct", "ctp"]
    assert {smir_id(case.images["mtt"]), smir_id(case.labels[0])} == {"339207", "339208"}


def test_two_uploads_over_one_another_are_refused(folder):
    add_case(folder, 2, kinds=["MR_CBF"], first_id=500000)
    with pytest.raises(DataError) as caught:
        find_cases(folder)
    assert caught.value.found == "several CT_CBF or MR_CBF in case_2"


def describe(folder, number, name, kind="CT"):
    (image,) = folder.glob(f"TRAINING/case_{number}/SMIR.Brain.XX.O.{kind}.*/*.nii")
    text = f'{{"id": 345562, "description": "ISLES 2018 - TRAIN - {name} - {kind}", "createdDate": "2018-07-03"}}'
    image.with_suffix(".json").write_text(text)


def test_the_jsons_beside_the_images_tell_the_patients(folder):
    (folder / "ISLES2018_Training.csv").unlink()
    for number, name, kind in ((1, "Train_01", "CT"), (2, "Train_40_A", "CT_Tmax"), (10, "Train_40_B", "CT")):
        describe(folder, number, name, kind)
    assert [case.patient for case in find_cases(folder)] == ["Train_01", "Train_40", "Train_40"]
    next(folder.glob("TRAINING/case_10/*/*.json")).unlink()
    with pytest.raises(DataError) as caught:
        find_cases(folder)
    assert caught.value.found == "nothing that tells the patient of case_10"


def test_the_owners_list_comes_before_all_others(folder):
    describe(folder, 1, "Train_01")
    (folder / "patients.csv").write_text("case,patient\n1,p7\ncase_2,p8\n10,p7\n")
    assert [case.patient for case in find_cases(folder)] == ["p7", "p8", "p7"]
    (folder / "patients.csv").write_text("case,patient\n1,p7\n")
    with pytest.raises(DataError) as caught:
        find_cases(folder)
    assert (Path(caught.value.where).name, caught.value.found) == ("patients.csv", "no row for case_2, case_10")


@pytest.fixture
def phantom(tmp_path):
    """Two training cases and one of TESTING."""
    settings = {"size": 32, "slices": (2, 2), "frames": (24, 24), "two_scans": 0.0}
    write_phantom("isles2018", tmp_path / "isles", patients=2, test_patients=1, **settings)
    return tmp_path / "isles"


def file_of(folder, case, kind):
    return next((folder / case).glob(f"*.{kind}.*/*.nii"))


def faults_of(folder):
    return [(fault.case, fault.file, fault.found) for fault in check_dataset(open_dataset("isles2018", folder))]


def test_a_missing_map_is_listed_with_all_other_faults(phantom):
    assert faults_of(phantom) == []
    for kind in ("CT_MTT", "CT_4DPWI"):
        file_of(phantom, "TRAINING/case_1", kind).unlink()
    blank, shown = file_of(phantom, "TRAINING/case_2", "CT_CBV"), file_of(phantom, "TRAINING/case_1", "CT_CBF")
    image = nib.load(blank)
    write_image(blank, np.zeros(image.shape, np.float32), image.affine)
    assert faults_of(phantom) == [
        ("case_1", str(shown), "no ctp, mtt beside it"),
        ("case_2", str(blank), "the value 0.0 everywhere"),
    ]


def test_maps_that_every_case_lacks_are_missed(phantom):
    for path in phantom.rglob("*.CT_Tmax.*.nii"):
        path.unlink()
    found = [(case, words) for case, _, words in faults_of(phantom)]
    assert found == [(case, "no tmax beside it") for case in ("case_1", "case_2", "test_case_1")]


@pytest.mark.parametrize("kind", ["CT_MTT", "CT_4DPWI"])
def test_the_hidden_test_set_is_checked_too(phantom, kind):
    path = file_of(phantom, "TESTING/case_1", kind)
    image = nib.load(path)
    array = np.asarray(image.dataobj).astype(np.float32)
    array[1, 2, 1, ...].flat[-1] = np.nan  # of a series, the last time point
    write_image(path, array, image.affine)
    assert faults_of(phantom) == [("test_case_1", str(path), "NaN or infinity in 1 voxels")]


def test_a_series_with_an_axis_of_length_1_before_time_is_sound(phantom):
    for path in phantom.rglob("*.CT_4DPWI.*.nii"):
        image = nib.load(path)
        write_image(path, np.asarray(image.dataobj)[:, :, :, None], image.affine)
        assert extract_file(path).frames.shape[3] == 6
    assert faults_of(phantom) == []


def test_a_name_without_id():
    with raised(DataError, found="a name without SMIR id"):
        smir_id("MTT.nii")


def test_maps_and_dwi_on_different_grids_are_told_in_one_line(folder):
    case = find_cases(folder)[0]
    for role, path in case.images.items():
        spacing = (1, 1, 6) if role == "dwi" else (1, 1, 5)
        write_image(path, np.arange(60, dtype=np.float32).reshape(5, 4, 3), affine_of("LPS", spacing))
    write_image(case.labels[0], np.ones((5, 4, 3), np.uint8), affine_of("LPS", (1, 1, 5)))
    with pytest.raises(GridError) as error:
        prepare_case(case, Preparation(size=(8, 8)))
    # Two steps of 1 mm from the first slice to the last.
    assert (error.value.where, error.value.found) == (str(case.images["dwi"]), "an affine that differs by 2 mm")
    assert "\n" not in str(error.value)

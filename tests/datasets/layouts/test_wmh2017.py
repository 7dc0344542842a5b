import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.io import read_image
from tests.datasets.releases.trees import write_tree

RANGES = ((1, 1, 1), (2, 2, 2))


def touch(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"")


def patient(folder):
    return [f"{folder}/{name}.nii.gz" for name in ("pre/FLAIR", "pre/T1", "wmh")]


def test_the_first_release_has_sites_and_scanners(tmp_path):
    touch(
        tmp_path,
        *patient("Utrecht/0"),
        *patient("Singapore/50"),
        *patient("GE3T/100"),
        "Utrecht/0/pre/3DT1.nii.gz",
        "Utrecht/0/orig/FLAIR.nii.gz",
        "Utrecht/0/orig/T1.nii.gz",
        "Utrecht/0/orig/reg_3DT1_to_FLAIR.txt",
        "Utrecht/0/pre/._T1.nii.gz",
        "README.txt",
    )
    cases = open_dataset("wmh2017", tmp_path).cases
    assert [(c.id, c.patient, c.site) for c in cases] == [
        ("GE3T-100", "GE3T-100", "GE3T"),
        ("Singapore-50", "Singapore-50", "Singapore"),
        ("Utrecht-0", "Utrecht-0", "Utrecht"),
    ]
    for case in cases:
        assert list(case.images) == ["flair", "t1"]
        assert {path.parent.name for path in case.images.values()} == {"pre"}
        assert [path.name for path in case.labels] == ["wmh.nii.gz"]
        assert case.label_ranges == RANGES
        assert case.part is None


def test_the_complete_release_tells_training_from_test(tmp_path):
    touch(
        tmp_path,
        *patient("training/Utrecht/0"),
        *patient("training/Amsterdam/GE3T/100"),
        *patient("test/Amsterdam/GE1T5/160"),
        *patient("test/Amsterdam/Philips_VU .PETMR_01./165"),
        "additional_annotations/observer_o3/training/Utrecht/0/result.nii.gz",
    )
    cases = {case.site: case for case in open_dataset("wmh2017", tmp_path).cases}
    assert {site: case.part for site, case in cases.items()} == {
        "Utrecht": "train",
        "GE3T": "train",
        "GE1T5": "test",
        "Philips_VU_PETMR_01": "test",
    }
    assert cases["GE3T"].id == "GE3T-100"
    assert all(
        set(case.id) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
        for case in cases.values()
    )


def test_a_scanner_whose_folder_windows_cannot_store_may_be_renamed(tmp_path):
    touch(tmp_path / "as published", *patient("test/Amsterdam/Philips_VU .PETMR_01./160"))
    touch(tmp_path / "renamed", *patient("test/Amsterdam/Philips_VU_PETMR_01/160"))
    touch(tmp_path / "unpacked on Windows", *patient("test/Amsterdam/Philips_VU .PETMR_01/160"))
    for folder in tmp_path.iterdir():
        (case,) = open_dataset("wmh2017", folder).cases
        assert (case.id, case.site) == ("Philips_VU_PETMR_01-160", "Philips_VU_PETMR_01")


def test_the_name_of_the_data_sets_own_folder_divides_nothing(tmp_path):
    touch(tmp_path / "test" / "wmh", *patient("Utrecht/0"))
    touch(tmp_path / "training", *patient("Utrecht/0"))
    assert open_dataset("wmh2017", tmp_path / "test" / "wmh").cases[0].part is None
    assert open_dataset("wmh2017", tmp_path / "training").cases[0].part is None


def test_one_scanner_alone_can_be_opened_from_anywhere(tmp_path, monkeypatch):
    touch(tmp_path, *patient("Utrecht/0"))
    (case,) = open_dataset("wmh2017", tmp_path).cases
    assert open_dataset("wmh2017", tmp_path / "Utrecht").cases == [case]
    monkeypatch.chdir(tmp_path / "Utrecht")
    assert open_dataset("wmh2017", ".").cases[0].id == case.id


def test_incomplete_patients_are_cases_all_the_same(tmp_path):
    touch(tmp_path, "A/1/pre/FLAIR.nii", "A/2/pre/T1.nii.gz", "A/3/wmh.nii.gz", "A/4/orig/T1.nii.gz")
    cases = open_dataset("wmh2017", tmp_path).cases
    found = [(case.id, list(case.images), len(case.labels)) for case in cases]
    assert found == [("A-1", ["flair"], 0), ("A-2", ["t1"], 0), ("A-3", [], 1)]


def test_a_modality_that_every_patient_lacks_is_missed(tmp_path):
    write_phantom("wmh2017", tmp_path / "wmh", patients=3, coarser=(7.5, 7.5, 6.0))
    dataset = open_dataset("wmh2017", tmp_path / "wmh")
    assert check_dataset(dataset) == []
    for case in dataset.cases:
        case.images["t1"].unlink()
    dataset = open_dataset("wmh2017", tmp_path / "wmh")
    faults = [(fault.file, fault.found) for fault in check_dataset(dataset)]
    assert faults == [(str(case.images["flair"]), "no t1 beside it") for case in dataset.cases]


def test_real_patients_are_sound(real_data):
    dataset = open_dataset("wmh2017", real_data / "wmh-like")
    assert dataset.label_names[1] == "white matter hyperintensity"
    assert [case.id for case in dataset.cases] == ["wmh-like-19", "wmh-like-26"]
    assert check_dataset(dataset) == []
    for case in dataset.cases:
        scans = [read_image(path) for path in (*case.images.values(), *case.labels)]
        assert {scan.array.shape for scan in scans} == {(182, 218, 182)}
        assert scans[0].spacing_mm == pytest.approx((1, 1, 1))
        flair, lesion = scans[0].array, scans[2].array > 0
        tissue = flair[(flair > 20) & ~lesion]
        assert np.median(flair[lesion]) > 1.2 * np.median(tissue)


def test_what_two_more_people_drew_stands_beside_the_label(tmp_path):
    scan = "training/Utrecht/0"
    names = [f"{scan}/pre/FLAIR.nii.gz", f"{scan}/pre/T1.nii.gz", f"{scan}/wmh.nii.gz", f"{scan}/result.nii.gz"]
    names += [f"additional_annotations/observer_o{number}/{scan}/result.nii.gz" for number in (3, 4)]
    (case,) = open_dataset("wmh2017", write_tree(tmp_path, names)).cases
    assert {name: path.relative_to(tmp_path).parts[1] for name, path in case.annotations.items()} == {
        "observer_o3": "observer_o3", "observer_o4": "observer_o4"
    }  # fmt: skip
    assert [path.name for path in case.labels] == ["wmh.nii.gz"]
    (case,) = open_dataset("wmh2017", tmp_path / "training").cases
    assert case.annotations == {}

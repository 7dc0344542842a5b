from pathlib import Path

import numpy as np
import pydicom
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.replicas import chaos
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.images.io import read_image
from segrepro.images.labels import read_label
from tests.datasets.replicas.looking import looked_at

SMALL = ReplicaSettings(shrink=64)


def test_patients_and_slices_are_those_of_the_release():
    train, test = (chaos._ct_patients(part) for part in ("train", "test"))
    assert sum(patient.slices[0] for patient in train) == 2874
    assert sum(patient.slices[0] for patient in test) == 3533
    assert [patient.number for patient in train][:6] == [1, 2, 5, 6, 8, 10]
    mr = chaos._mr_patients("train")
    assert (sum(one.slices[0] for one in mr), sum(one.slices[1] for one in mr)) == (647, 623)


@pytest.mark.parametrize(("number", "intercept"), [(1, -1200), (2, -1000), (10, -1000), (22, -1000), (24, -1024)])
def test_ct_is_read_whatever_its_intercept_its_names_and_its_pixels(tmp_path, number, intercept):
    chaos._write_ct(chaos.Patient("train", number, (9, 0)), tmp_path, SMALL)
    (case,) = open_dataset("chaos_ct", tmp_path).cases
    files = sorted(case.images["ct"].iterdir())
    first, last = (pydicom.dcmread(path) for path in (files[0], files[-1]))
    assert first.RescaleIntercept == intercept
    assert first.ImagePositionPatient[2] > last.ImagePositionPatient[2]  # names run against the positions
    assert (first.InstanceNumber, last.InstanceNumber) == (1, 9)
    assert files[0].name == ("IMG-0002-00001.dcm" if number > 20 else "i0000,0000b.dcm")
    scan = read_image(case.images["ct"])
    assert (scan.array.min() == -1000, scan.array.max() == 49944) == (True, number == 10)
    assert (scan.array == 49944).sum() == (18 if number == 10 else 0)
    liver = read_label(case.labels, scan, case.images["ct"])
    assert 100 < np.median(scan.array[liver > 0]) < 200


def test_the_patients_at_hand_are_recognised_and_those_with_extreme_pixels_noted(tmp_path):
    # In slices of 8 x 8 two pixels would be no exception.
    chaos._write_ct(chaos.Patient("train", 10, (110, 0)), tmp_path, ReplicaSettings(shrink=8))
    chaos._write_ct(chaos.Patient("train", 2, (81, 0)), tmp_path, SMALL)
    chaos._write_ct(chaos.Patient("test", 4, (7, 0)), tmp_path, SMALL)
    name, words, faults, notes = looked_at(tmp_path, "chaos_ct")
    assert (name, faults) == ("chaos", [])
    assert words.startswith("CHAOS CT: 2 of 20 patients")
    assert [note.case for note in notes] == ["10"]


def test_t1_dual_has_more_slices_than_t2_spir(tmp_path):
    chaos._write_mr(chaos.Patient("train", 5, (8, 4)), tmp_path, SMALL)
    (t1,), (t2,) = (open_dataset(layout, tmp_path).cases for layout in ("chaos_mr_t1", "chaos_mr"))
    assert read_image(t1.images["t1_out"]).array.shape == (8, 8, 8)
    assert read_image(t2.images["t2"]).array.shape == (8, 8, 4)
    for case in (t1, t2):
        path = next(iter(case.images.values()))
        assert set(np.unique(read_label(case.labels, read_image(path), path, case.label_ranges))) == {0, 1, 2, 3, 4}


def test_a_replica_of_one_patient_has_both_sets(replica):
    folder = replica("chaos", shrink=64, cases=1)
    assert [path.name for path in sorted(Path(folder).iterdir())] == ["Test_Sets", "Train_Sets"]
    assert (folder / "Train_Sets/NOTES_PLEASE_READ.txt").is_file()
    assert not list((folder / "Test_Sets").rglob("Ground"))
    assert [case.id for case in open_dataset("chaos_ct", folder).cases] == ["1"]

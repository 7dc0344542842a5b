from collections import Counter

import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.replicas.wmh2017 import patients
from tests.datasets.replicas.looking import files_in, looked_at


@pytest.fixture
def folder(replica):
    """The whole release."""
    return replica("wmh2017", shrink=30)


def test_170_patients_of_five_scanners():
    assert Counter((one.part, one.place) for one in patients()) == {
        ("training", "Utrecht"): 20, ("training", "Singapore"): 20, ("training", "Amsterdam/GE3T"): 20,
        ("test", "Utrecht"): 30, ("test", "Singapore"): 30, ("test", "Amsterdam/GE3T"): 30,
        ("test", "Amsterdam/GE1T5"): 10, ("test", "Amsterdam/Philips_VU .PETMR_01."): 10,
    }  # fmt: skip
    assert sorted(one.number for one in patients()) == list(range(170))


def test_all_1791_files_are_accounted_for_and_sound(folder):
    assert len(files_in(folder)) == 1791
    name, words, faults, notes = looked_at(folder, "wmh2017")
    assert (name, faults, notes) == ("wmh2017", [], [])
    assert words.startswith("WMH 2017 of DataverseNL: complete: 60 of 60 training scans; 110 of 110 test scans")


def test_cases_are_read_from_pre_and_masks_are_real_numbers(folder):
    (folder / "MANIFEST.TXT").write_text("a browser adds it\n")
    cases = open_dataset("wmh2017", folder).cases
    assert Counter(case.part for case in cases) == {"train": 60, "test": 110}
    assert Counter(case.site for case in cases if case.part == "test")["Philips_VU_PETMR_01"] == 10
    values = [set(np.unique(np.asarray(nib.load(case.labels[0]).dataobj))) for case in cases]
    assert sum(2 in found for found in values) == 67
    assert {nib.load(case.labels[0]).get_data_dtype().name for case in cases} == {"float32"}
    assert {path.parent.name for case in cases for path in case.images.values()} == {"pre"}

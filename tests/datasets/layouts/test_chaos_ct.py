"""CHAOS CT: where its slices and masks lie."""

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from tests.datasets.layouts.chaos import label


@pytest.mark.parametrize("below", ["", "Train_Sets", "Train_Sets/CT"])
def test_ct_is_found_from_any_folder_above(whole, below):
    cases = open_dataset("chaos_ct", whole / below).cases
    assert [(c.id, c.patient, list(c.images), c.part) for c in cases] == [(n, n, ["ct"], None) for n in "123"]
    assert set(np.unique(label(cases[0]))) == {0, 1}


def test_the_test_sets_are_left_out_and_lone_parts_are_cases(tmp_path):
    for path in (
        "Test_Sets/CT/4/DICOM_anon/a.dcm",
        "Train_Sets/CT/5/DICOM_anon/a.dcm",
        "Train_Sets/CT/6/Ground/a.png",
        "Train_Sets/MR/1/T1DUAL/DICOM_anon/OutPhase/a.dcm",
        "Train_Sets/CT/7/DICOM_anon/._a.dcm",
    ):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).touch()
    cases = open_dataset("chaos_ct", tmp_path).cases
    assert [(c.id, list(c.images), len(c.labels)) for c in cases] == [("5", ["ct"], 0), ("6", [], 1)]
    assert [list(c.images) for c in open_dataset("chaos_mr_t1", tmp_path).cases] == [["t1_out"]]


def test_the_real_scan_is_found(real_data):
    (case,) = open_dataset("chaos_ct", real_data / "chaos").cases
    assert (case.id, case.labels[0].name) == ("3", "Ground")
    assert label(case).sum() == 1342595

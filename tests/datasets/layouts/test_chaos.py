from pathlib import Path

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan

SMALL = {"shape": (32, 32, 6), "spacing_mm": (11.5, 11.5, 26.0)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """CT and MR in one folder, as the challenge's training archive unpacks."""
    folder = tmp_path_factory.mktemp("chaos")
    write_phantom("chaos_ct", folder / "CT", patients=3, **SMALL)
    write_phantom("chaos_mr", folder / "MR", patients=2, **SMALL)
    sets = folder / "CHAOS" / "Train_Sets"
    sets.mkdir(parents=True)
    for part in ("CT", "MR"):
        (folder / part / "Train_Sets" / part).rename(sets / part)
    return folder / "CHAOS"


def label(case):
    path = next(iter(case.images.values()))
    return read_label(case.labels, read_scan(path), path, case.label_ranges)


@pytest.mark.parametrize("below", ["", "Train_Sets", "Train_Sets/CT"])
def test_ct_is_found_from_any_folder_above(whole, below):
    cases = open_dataset("chaos_ct", whole / below).cases
    assert [(c.id, c.patient, list(c.images), c.part) for c in cases] == [(n, n, ["ct"], None) for n in "123"]
    assert set(np.unique(label(cases[0]))) == {0, 1}


def test_mr_sequences_are_data_sets_of_their_own(whole):
    second, first = open_dataset("chaos_mr", whole).cases, open_dataset("chaos_mr_t1", whole).cases
    assert [(c.id, c.patient, list(c.images)) for c in second] == [(f"{n}-t2spir", n, ["t2"]) for n in "12"]
    assert [(c.id, c.patient, list(c.images)) for c in first] == [(f"{n}-t1dual", n, ["t1_in", "t1_out"]) for n in "12"]
    for one, other in zip(first, second):
        np.testing.assert_array_equal(label(one), label(other))
        assert set(np.unique(label(one))) == {0, 1, 2, 3, 4}


def test_masks_named_as_the_slices_in_phase_fit_those_out_of_phase(whole):
    case = open_dataset("chaos_mr_t1", whole).cases[0]
    out = case.images["t1_out"]
    np.testing.assert_array_equal(read_label(case.labels, read_scan(out), out, case.label_ranges), label(case))


@pytest.mark.parametrize("layout", ["chaos_ct", "chaos_mr", "chaos_mr_t1"])
def test_slices_that_cannot_be_read_are_the_only_fault_of_their_case(tmp_path, layout):
    write_phantom("chaos_ct" if layout == "chaos_ct" else "chaos_mr", tmp_path / "set", patients=2, **SMALL)
    dataset = open_dataset(layout, tmp_path / "set")
    series = next(iter(dataset.cases[0].images.values()))
    slice_file = sorted(series.iterdir())[0]
    slice_file.write_bytes(slice_file.read_bytes()[:200])
    assert [(fault.case, fault.file) for fault in check_dataset(dataset)] == [(dataset.cases[0].id, str(slice_file))]


def test_a_mask_that_cannot_be_read_is_the_only_fault_of_its_case(tmp_path, monkeypatch):
    write_phantom("chaos_ct", tmp_path / "set", patients=2, **SMALL)
    dataset = open_dataset("chaos_ct", tmp_path / "set")
    mask, read_bytes = sorted(dataset.cases[0].labels[0].iterdir())[2], Path.read_bytes

    def refuse(path):
        if path == mask:
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (fault,) = check_dataset(dataset)
    assert (fault.case, fault.file) == (dataset.cases[0].id, str(mask))
    assert fault.found == "an unreadable file (Permission denied)"


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

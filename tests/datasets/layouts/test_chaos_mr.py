"""CHAOS MR T2: where its slices and masks lie."""

from pathlib import Path

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.phantoms import write_phantom
from tests.datasets.layouts.chaos import SMALL, label


def test_mr_sequences_are_data_sets_of_their_own(whole):
    second, first = open_dataset("chaos_mr", whole).cases, open_dataset("chaos_mr_t1", whole).cases
    assert [(c.id, c.patient, list(c.images)) for c in second] == [(f"{n}-t2spir", n, ["t2"]) for n in "12"]
    assert [(c.id, c.patient, list(c.images)) for c in first] == [(f"{n}-t1dual", n, ["t1_in", "t1_out"]) for n in "12"]
    for one, other in zip(first, second):
        np.testing.assert_array_equal(label(one), label(other))
        assert set(np.unique(label(one))) == {0, 1, 2, 3, 4}


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

"""Batches on disk: whole or not there, with their digests."""

import numpy as np
import pytest

from segrepro.preprocessing.preparation import Preparation
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.preprocessing.write_cases import write_batch
from segrepro.utils.errors import DataError
from tests.raised import raised
from tests.scans import write_case


def test_the_digest_is_that_of_the_arrays_bytes(tmp_path):
    import hashlib

    (record,) = write_batch([write_case(tmp_path)], Preparation(size=(8, 8)), tmp_path / "out")
    stored = np.load(tmp_path / "out" / "case.label.npy")
    assert record.sha256["label"] == hashlib.sha256(stored.tobytes()).hexdigest()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_batch_that_fails_leaves_the_former_one_as_it_was(tmp_path, workers):
    cases = [write_case(tmp_path, name=name) for name in "ab"]
    write_batch(cases, Preparation(size=(8, 8)), tmp_path / "out")
    before = sorted(p.name for p in tmp_path.rglob("*"))
    content = (tmp_path / "out" / "cases.json").read_text()
    cases[1].images["t1"].write_bytes(b"broken")
    with raised(DataError, where="b_t1"):
        write_batch(cases, Preparation(size=(4, 4)), tmp_path / "out", workers)
    assert sorted(p.name for p in tmp_path.rglob("*")) == before
    assert (tmp_path / "out" / "cases.json").read_text() == content


def test_a_second_run_replaces_the_folder(tmp_path):
    cases = [write_case(tmp_path, name=name) for name in "ab"]
    write_batch(cases, Preparation(size=(8, 8)), tmp_path / "out")
    write_batch(cases[:1], Preparation(size=(4, 4)), tmp_path / "out")
    assert PreparedCases([tmp_path / "out"]).ids == ["a"]
    assert not list(tmp_path.glob(".*"))

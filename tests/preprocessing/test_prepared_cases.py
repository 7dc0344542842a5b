"""Prepared cases are read back; a copy on the own disk changes nothing."""

import hashlib
import json
import shutil
import time

import numpy as np
import pytest

from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.preprocessing.prepared_cases import COPY_TO_SCRATCH, PreparedCases, drop_damaged, open_prepared
from segrepro.preprocessing.write_cases import write_batch
from segrepro.utils.errors import DataError
from tests.raised import raised
from tests.scans import prepared_record, write_case


def test_a_batch_is_read_back_as_it_was_prepared(tmp_path):
    cases = [write_case(tmp_path, name=name, seed=ord(name)) for name in "cab"]
    preparation = Preparation(size=(8, 12))
    first = write_batch(cases[:2], preparation, tmp_path / "one", workers=2)
    second = write_batch(cases[2:], preparation, tmp_path / "two")
    prepared = PreparedCases([tmp_path / "one", tmp_path / "two"])
    assert (len(prepared), prepared.ids) == (3, ["a", "b", "c"])
    assert [r.case for r in first + second] == ["c", "a", "b"]
    for case in cases:
        expected = prepare_case(case, preparation)
        for role, array in expected.arrays.items():
            stored = prepared.array(case.id, role)
            assert isinstance(stored, np.memmap)
            assert stored.dtype == array.dtype
            np.testing.assert_array_equal(stored, array)
        assert prepared.record(case.id).model_copy(update={"sha256": {}}) == expected.record
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == [
        "a.label.npy",
        "a.t1.npy",
        "c.label.npy",
        "c.t1.npy",
        "cases.json",
    ]


def test_the_reader_names_what_is_not_there(tmp_path):
    (tmp_path / "empty").mkdir()
    with raised(DataError, found="no cases.json"):
        PreparedCases([tmp_path / "empty"])
    write_batch([write_case(tmp_path)], Preparation(size=(8, 8)), tmp_path / "out")
    prepared = PreparedCases([tmp_path / "out"])
    with raised(DataError, where="nobody", found="no prepared case"):
        prepared.record("nobody")
    with raised(DataError, found="arrays t1, label", expected="flair"):
        prepared.array("case", "flair")
    with raised(DataError, found="case case a second time"):
        PreparedCases([tmp_path / "out", tmp_path / "out"])


def batch(folder, number, channels):
    """A batch of one case with an array a role."""
    path = folder / f"batch{number}" / "cases.json"
    path.parent.mkdir(parents=True)
    case = f"case{number}"
    array = np.full((2, 3, 4), number, np.float16)
    for role in channels:
        np.save(path.parent / f"{case}.{role}.npy", array)
    digest = hashlib.sha256(array).hexdigest()
    record = prepared_record(case, sha256=dict.fromkeys(channels, digest))
    path.write_text(json.dumps([record.model_dump(mode="json")]))
    return path


@pytest.fixture
def batches(tmp_path):
    return [batch(tmp_path / "prepared/set-0", number, ["t1", "label"]) for number in range(2)]


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """$TMPDIR of a job whose config says copy_to_scratch: true."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv(COPY_TO_SCRATCH, "1")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.mark.parametrize("environment", [{}, {COPY_TO_SCRATCH: "0"}])
def test_arrays_are_read_where_they_are_unless_asked_otherwise(batches, monkeypatch, environment):
    monkeypatch.setattr("os.environ", environment)
    array = open_prepared([*batches, batches[0]]).array("case1", "t1")
    assert array.filename == batches[1].parent / "case1.t1.npy"


def test_an_array_is_copied_once_when_it_is_first_asked_for(batches, scratch, monkeypatch):
    copied = []
    copy = shutil.copyfileobj
    monkeypatch.setattr("shutil.copyfileobj", lambda *args: (copied.append(args[0].name), copy(*args)))
    cases = open_prepared(batches)
    assert not copied
    first = cases.array("case1", "t1")
    assert isinstance(first, np.memmap)
    assert str(first.filename).startswith(str(scratch))
    shutil.rmtree(batches[1].parent)
    np.testing.assert_array_equal(cases.array("case1", "t1"), np.ones((2, 3, 4), np.float16))
    assert copied == [str(batches[1].parent / "case1.t1.npy")]
    with raised(DataError, found="arrays t1, label", expected="flair"):
        cases.array("case1", "flair")


@pytest.mark.parametrize(
    ("damage", "found"),
    [(lambda raw: raw[:-1] + b"x", "a damaged array"), (lambda raw: raw[:100], "no whole array")],
    ids=["a byte", "cut"],
)
def test_a_damaged_array_marks_its_folder_not_the_copys(batches, scratch, tmp_path, damage, found):
    array = batches[1].parent / "case1.t1.npy"
    array.write_bytes(damage(array.read_bytes()))
    with raised(DataError, where="case1.t1.npy", found=found, remedy="Repeat the command"):
        open_prepared(batches).array("case1", "t1")
    assert not list(scratch.iterdir())
    drop_damaged(tmp_path)
    assert [batch.exists() for batch in batches] == [True, False]
    drop_damaged(tmp_path)
    assert sorted(path.name for path in batches[1].parent.iterdir()) == ["case1.label.npy", "case1.t1.npy"]


def test_a_touched_array_is_looked_at_once(batches, tmp_path, monkeypatch):
    read = []
    load = np.load
    monkeypatch.setattr(
        "segrepro.preprocessing.prepared_cases.np.load", lambda path, **how: read.append(path) or load(path, **how)
    )
    assert drop_damaged(tmp_path) == {}
    assert not read
    array = batches[1].parent / "case1.t1.npy"
    array.write_bytes(array.read_bytes())
    time.sleep(0.05)  # clocks of disks are coarse
    assert [drop_damaged(tmp_path), drop_damaged(tmp_path)] == [{}, {}]
    assert read == [array]
    array.write_bytes(array.read_bytes()[:-1] + b"x")
    (dropped,) = drop_damaged(tmp_path).items()
    assert dropped[0] == batches[1]
    assert str(array) in str(dropped[1])
    assert [batch.exists() for batch in batches] == [True, False]


@pytest.mark.parametrize("content", [b"", b"[{", b"null", b"[{}]", b"[null]", b'[{"case": "a", "sha256": 1}]', b"\xff"])
def test_a_damaged_list_of_cases_marks_its_folder(batches, tmp_path, content):
    batches[1].write_bytes(content)
    with raised(DataError, where="batch1/cases.json", found="no whole list of cases", remedy="Repeat the command"):
        open_prepared(batches)
    drop_damaged(tmp_path)
    assert [batch.exists() for batch in batches] == [True, False]


def test_no_copy_can_be_left_behind(batches, scratch):
    array = open_prepared(batches).array("case1", "t1")
    assert not list(scratch.iterdir())
    assert array.mean() == 1


def test_a_full_disk_is_one_clear_error(batches, scratch, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with raised(DataError, found="'No space left on device' while copying .*case0.t1.npy", remedy="copy_to_scratch"):
        open_prepared(batches).array("case0", "t1")
    assert not list(scratch.iterdir())

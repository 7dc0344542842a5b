"""Prepared arrays on the disk of the machine that reads them."""

import json
import subprocess
import sys

import numpy as np
import pytest

from segrepro.config import REPOSITORY
from segrepro.errors import DataError
from segrepro.scratch import COPY_TO_SCRATCH, open_prepared


def batch(folder, number, roles):
    """A batch of one case with an array a role."""
    path = folder / f"batch{number}" / "cases.json"
    path.parent.mkdir(parents=True)
    case = f"case{number}"
    for role in roles:
        np.save(path.parent / f"{case}.{role}.npy", np.full((2, 3, 4), number, np.float16))
    path.write_text(json.dumps([{"case": case, "sha256": dict.fromkeys(roles, "")}]))
    return path


@pytest.fixture
def batches(tmp_path):
    return [batch(tmp_path / "shared", number, ["t1", "label"]) for number in range(2)]


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


def test_only_what_is_read_is_copied_once_and_goes_at_the_end(batches, scratch):
    cases = open_prepared(batches)
    assert not list(scratch.rglob("*.npy"))
    first = cases.array("case1", "t1")
    (batches[1].parent / "case1.t1.npy").unlink()
    np.testing.assert_array_equal(cases.array("case1", "t1"), first)
    assert first.mean() == 1
    assert first.dtype == np.float16
    assert [path.name for path in scratch.rglob("*.npy")] == ["case1.t1.npy"]
    with pytest.raises(DataError, match="found arrays t1, label; expected flair"):
        cases.array("case1", "flair")
    del cases
    assert not list(scratch.iterdir())


def test_the_copies_go_when_the_process_ends(batches, scratch):
    code = (
        "import sys, pathlib; from segrepro.scratch import open_prepared;"
        "cases = open_prepared([pathlib.Path(p) for p in sys.argv[1:]]); cases.array('case0', 't1');"
        "print(len(list(cases.folder.iterdir()))); raise ValueError"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *batches],
        env={"TMPDIR": str(scratch), COPY_TO_SCRATCH: "1", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == [f"arrays are copied to {done.stdout.split()[4]}", "1"]
    assert done.stdout.split()[4].startswith(str(scratch))
    assert not list(scratch.iterdir())


def test_a_full_disk_is_one_clear_error(batches, scratch, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(DataError, match="'No space left on device' while copying .*case0.t1.npy.*copy_to_scratch"):
        open_prepared(batches).array("case0", "t1")

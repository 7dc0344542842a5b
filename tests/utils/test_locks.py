import errno
import fcntl
import json
import os
import subprocess
import sys

import pytest

from segrepro.utils import locks
from segrepro.utils.errors import DiskError
from segrepro.utils.locks import locked, wait_for_lock
from segrepro.workflow.job import _record


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
@pytest.mark.parametrize("take", [locked, wait_for_lock])
def test_a_file_system_without_locks_is_named(monkeypatch, tmp_path, code, take):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (tmp_path / "run.lock").open("w") as file, pytest.raises(DiskError) as error:
        take(file)
    for part in ("run.lock", "file system without file locks", "flock", "another disk"):
        assert part in str(error.value)


def test_another_fault_is_not_hidden(monkeypatch, tmp_path):
    def fail(*_):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(fcntl, "flock", fail)
    with (tmp_path / "run.lock").open("w") as file, pytest.raises(OSError, match="broken"):
        wait_for_lock(file)


def test_a_record_after_half_a_line_stands_on_a_line_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/records.jsonl").write_text('{"rule": "half')  # the disk was full
    for rule in ("first", "second"):
        _record(rule, {}, "done", 1.0)
    half, *whole = (tmp_path / "logs/records.jsonl").read_text().splitlines()
    assert half == '{"rule": "half'
    assert [json.loads(line)["rule"] for line in whole] == ["first", "second"]


def test_records_of_many_jobs_at_once_do_not_mix(tmp_path):
    """Each line is longer than what an operating system promises to append in one piece."""
    program = (
        "from segrepro.workflow.job import _record\n"
        "for _ in range(20): _record('train_model', {'settings': {'text': 'x' * 20000}}, 'done', 1.0)"
    )
    jobs = [subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path) for _ in range(3)]
    assert [job.wait() for job in jobs] == [0, 0, 0]
    lines = (tmp_path / "logs" / "records.jsonl").read_text().splitlines()
    assert len(lines) == 60
    assert all(len(json.loads(line)["settings"]["text"]) == 20000 for line in lines)


@pytest.fixture
def windows(monkeypatch):
    """The locks of Windows: no fcntl for this project, and its library, which has its own here."""
    import portalocker  # noqa: F401  (with fcntl, before it is hidden)

    monkeypatch.setattr(locks.sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "fcntl", None)


@pytest.mark.usefixtures("windows")
def test_on_windows_a_lock_holds_until_the_file_is_closed(tmp_path):
    path = tmp_path / "a.lock"
    with path.open("w") as first, path.open() as second:
        assert (locked(first), locked(second)) == (True, False)
    with path.open() as first, path.open() as second:
        assert (locked(first, shared=True), locked(second, shared=True)) == (True, True)
        wait_for_lock(first, shared=True)


@pytest.mark.usefixtures("windows")
def test_on_windows_a_disk_without_locks_is_named(tmp_path, monkeypatch):
    import portalocker

    def refuse(*_):
        raise portalocker.LockException("no locks here")

    monkeypatch.setattr(portalocker, "lock", refuse)
    with (tmp_path / "a.lock").open("w") as file, pytest.raises(DiskError) as error:
        locked(file)
    assert error.value.found == "a file system without file locks"

import os
import socket
import time

import pytest

from segrepro.utils.errors import DiskError
from segrepro.utils.files import remove_remnants, require_regular, whole_file, whole_folder


def fail_within(whole):
    with whole as partial:
        (partial / "third" if partial.is_dir() else partial).write_text("half")
        raise KeyError


def test_a_file_appears_at_the_end_and_replaces_the_former(tmp_path):
    path = tmp_path / "new" / "a.txt"
    for text in ("first", "second"):
        with whole_file(path) as partial:
            partial.write_text(text)
            assert partial.suffix == ".txt"
            assert not path.exists() or path.read_text() == "first"
        assert path.read_text() == text


def test_a_file_that_fails_leaves_the_former(tmp_path):
    (tmp_path / "a.txt").write_text("former")
    with pytest.raises(KeyError):
        fail_within(whole_file(tmp_path / "a.txt"))
    assert [p.read_text() for p in tmp_path.iterdir()] == ["former"]


@pytest.mark.parametrize("place", ["a" * 300, "circle/a.txt", "/proc/folder/a.txt"])
def test_what_no_disk_takes_is_one_line(tmp_path, place):
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(DiskError) as caught, whole_file(tmp_path / place) as partial:
        partial.write_text("all of it")
    assert caught.value.where == str(tmp_path / place)


def test_a_missing_file_that_is_read_while_another_is_written_is_no_fault_of_the_disk(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "a.txt"):
        (tmp_path / "b.txt").read_text()


def test_pipes_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        require_regular(tmp_path / "pipe")


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "out"
    for name in ("first", "second"):
        with whole_folder(folder) as partial:
            (partial / name).write_text("")
        assert [p.name for p in folder.iterdir()] == [name]
    with pytest.raises(KeyError):
        fail_within(whole_folder(folder))
    assert [p.name for p in folder.iterdir()] == ["second"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


NOBODY = 2**22 + 7  # the number of no process


@pytest.mark.parametrize(
    ("process", "host", "hours", "stays"),
    [
        (NOBODY, None, 0, False),
        (os.getpid(), None, 48, True),
        (NOBODY, "another", 1, True),
        (os.getpid(), "another", 48, False),
    ],
    ids=["killed", "at work", "elsewhere", "elsewhere and old"],
)
@pytest.mark.parametrize("whole", [whole_file, whole_folder])
def test_only_what_nobody_writes_any_more_is_removed(tmp_path, monkeypatch, whole, process, host, hours, stays):
    (tmp_path / "a").mkdir()
    with monkeypatch.context() as other:
        other.setattr(os, "getpid", lambda: process)
        if host:
            other.setattr(socket, "gethostname", lambda: host)
        with whole(tmp_path / "a/b.txt") as partial:
            half = partial
            partial.touch()
    half.mkdir() if whole is whole_folder else half.write_text("half")
    os.utime(half, (time.time() - 3600 * hours,) * 2)
    remove_remnants(tmp_path)
    assert half.exists() == stays
    assert (tmp_path / "a/b.txt").exists()

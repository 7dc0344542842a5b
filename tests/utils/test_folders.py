"""What lies in a folder, links and hidden files included."""

import os
import socket

import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.folder_digest import folder_digest
from segrepro.images.io import read_image
from segrepro.utils.errors import DataError
from segrepro.utils.folders import content_of, packed_files, unreadable, walk_files
from tests.scans import write_slices


def files_in(folder):
    return [path.relative_to(folder).as_posix() for path in walk_files(folder)]


def test_files_come_sorted_and_hidden_ones_not_at_all(tmp_path):
    for name in ("b/2", "b/1", "a/3", ".git/config", ".DS_Store"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert files_in(tmp_path) == ["a/3", "b/1", "b/2"]
    assert files_in(tmp_path / "missing") == []
    assert files_in(tmp_path / "a/3") == []


def test_linked_folders_are_followed_but_not_for_ever(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/scan").touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "data/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/up").symlink_to(tmp_path / "data")
    assert files_in(tmp_path / "data") == ["linked/scan"]


def test_every_folder_that_cannot_be_read_is_named_at_the_end(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scan").touch()
    listed = os.scandir

    def refusing(path):
        if os.path.basename(path) in ("a", "c"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", refusing)
    seen = []
    with pytest.raises(DataError) as caught:
        seen.extend(path.relative_to(tmp_path).as_posix() for path in walk_files(tmp_path))
    assert seen == ["b/scan"]
    assert caught.value.where == str(tmp_path / "a")
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [f"{tmp_path}/a", f"{tmp_path}/c"]


def test_what_a_folder_holds_is_told_shortly(tmp_path):
    assert content_of(tmp_path) == "an empty folder"
    for name in ("d", "c", "b", "a", ".hidden"):
        (tmp_path / name).touch()
    assert content_of(tmp_path) == "4 entries (a, b, c, ...) and no case"
    (tmp_path / "d").unlink()
    assert content_of(tmp_path) == "3 entries (a, b, c) and no case"


def test_what_is_left_packed_is_to_be_unpacked(tmp_path):
    (tmp_path / "ATLAS R 1.2").mkdir()
    for name in ("ATLAS R 1.2/standard_part1.zip", "train.7z", "scan.nii.gz", "._b.zip"):
        (tmp_path / name).touch()
    assert packed_files(tmp_path) == ["ATLAS R 1.2/standard_part1.zip", "train.7z"]
    with pytest.raises(DataError) as caught:
        open_dataset("atlas", tmp_path)
    assert caught.value.remedy.startswith("Unpack it first")


def test_the_systems_reason_is_given():
    error = unreadable("scan", "file", OSError(5, "Input/output error"))
    assert (error.where, error.found) == ("scan", "an unreadable file (Input/output error)")
    assert unreadable("scan", "file", OSError("odd")).found == "an unreadable file (odd)"


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def listening(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [pipe, device, listening])
def test_what_would_be_read_without_end_is_named(tmp_path, make, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_slices(tmp_path / "set", ["a", "b"])
    odd = tmp_path / "set" / "images" / "c.png"
    make(odd)
    for read in (
        lambda: list(walk_files(tmp_path / "set")),
        lambda: open_dataset("slices", tmp_path / "set"),
        lambda: folder_digest(tmp_path / "set", tmp_path / "memory"),
        lambda: read_image(odd),
    ):
        with pytest.raises(DataError) as caught:
            read()
        assert caught.value.where == str(odd)

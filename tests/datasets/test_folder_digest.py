"""The version of a data set: names and contents, and files are read once."""

import json
import os
import shutil

import pytest

from segrepro.datasets import folder_digest as version
from segrepro.datasets.folder_digest import folder_digest
from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.raised import raised
from tests.scans import write_slices


@pytest.fixture
def scans(tmp_path):
    write_slices(tmp_path / "scans", ["a", "ä b"])
    return tmp_path / "scans"


@pytest.fixture
def read(monkeypatch):
    """The names of the files whose contents were read."""
    names, digest_of = [], version.digest_of
    monkeypatch.setattr(version, "digest_of", lambda path: (names.append(path.name), digest_of(path))[1])
    return names


def edit_a_byte(path):
    """Keeps the size, and the time of the last change besides."""
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_it_follows_names_and_contents_only(scans, tmp_path):
    image, found = scans / "images" / "a.png", [folder_digest(scans, tmp_path)]
    os.utime(image, (0, 0))
    (scans / ".DS_Store").write_text("noise of the file manager")
    assert folder_digest(scans, tmp_path) == found[0]
    for change in (
        edit_a_byte,
        lambda path: path.rename(path.with_name("c.png")),
        lambda path: shutil.rmtree(scans / "masks"),
    ):
        change(image)
        found.append(folder_digest(scans, tmp_path))
    assert len(set(found)) == 4
    assert folder_digest(scans, tmp_path / "another memory") == found[-1]


def test_it_is_the_same_wherever_the_folder_lies(scans, tmp_path):
    there = shutil.copytree(scans, tmp_path / "there/deep", copy_function=shutil.copyfile)
    assert folder_digest(scans, tmp_path) == folder_digest(there, tmp_path)


def test_only_files_that_changed_are_read_again(scans, tmp_path, read):
    folder_digest(scans, tmp_path)
    assert sorted(read) == ["a.png", "a.png", "ä b.png", "ä b.png"]
    edit_a_byte(scans / "masks" / "ä b.png")
    folder_digest(scans, tmp_path)
    assert read[4:] == ["ä b.png"]


def test_a_second_plan_reads_no_contents(scans, tmp_path, read):
    datasets = {"own": {"title": "t", "layout": "slices", "access": "mine"}}
    changes = {"xnet": {"dataset": "own", "datasets": datasets, "preparation": {"slices": "none"}}}
    config = load_config(
        {
            "studies": "xnet",
            "data": str(scans),
            "work": str(tmp_path / "work"),
            "overrides": changes,
            "experiments": ["xnet"],
        }
    )
    (first,) = make_plan(config).datasets.values()
    assert len(read) == 4
    (second,) = make_plan(config).datasets.values()
    assert len(read) == 4
    assert second.version == first.version
    edit_a_byte(scans / "masks" / "a.png")
    (third,) = make_plan(config).datasets.values()
    assert third.version != first.version
    assert read[4:] == ["a.png"]


def test_nothing_is_written_into_the_folder(scans, tmp_path):
    before = sorted(scans.rglob("*"))
    folder_digest(scans, tmp_path / "work")
    assert sorted(scans.rglob("*")) == before


@pytest.mark.parametrize("content", [None, "", "[]", "null", "7", '{"images/a.png": null}', '{"images/a.png": [1]}'])
def test_a_damaged_memory_is_no_memory(scans, tmp_path, content):
    found = folder_digest(scans, tmp_path)
    (memory,) = tmp_path.glob("digests-*.json")
    memory.write_text(memory.read_text()[:40] if content is None else content)
    assert folder_digest(scans, tmp_path) == found
    assert len(json.loads(memory.read_text())) == 4


def test_files_that_cannot_be_read_are_named(scans, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hashlib.file_digest", refuse)
    with raised(DataError, where="png", found=r"an unreadable file \(Permission denied\)"):
        folder_digest(scans, tmp_path)
    (scans / "scan.nii.gz").symlink_to(tmp_path / "not fetched")
    with raised(DataError, where="scan.nii.gz", found="a link to nothing"):
        folder_digest(scans, tmp_path)


def test_files_in_a_folder_that_cannot_be_entered_are_named(scans, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    files = list(walk_files(scans))
    monkeypatch.setattr(version, "walk_files", lambda folder: files)
    monkeypatch.setattr("pathlib.Path.is_dir", lambda path: True)
    monkeypatch.setattr("pathlib.Path.stat", refuse)
    with raised(DataError, where=str(files[0]), found=r"an unreadable file \(Permission denied\)"):
        folder_digest(scans, tmp_path)

"""Scans and labels that are edited while a run goes on: named by whoever reads them, and well again once put back."""

import json
import os

import pytest

from segrepro.datasets.folder_digest import folder_digest
from segrepro.datasets.source import as_fetched, write_source
from segrepro.utils.errors import DataError
from tests.raised import raised
from tests.scans import write_slices


@pytest.fixture
def scans(tmp_path):
    write_slices(tmp_path / "scans", ["a", "b"])
    return tmp_path / "scans"


@pytest.fixture
def source(scans, tmp_path):
    output = tmp_path / "work/datasets/own-1a/source.json"
    output.parent.mkdir(parents=True)
    write_source(scans, "folder", output, planned=folder_digest(scans, tmp_path / "work/datasets"))
    return output


def test_it_says_what_was_fetched(source, scans, tmp_path):
    noted = json.loads(source.read_text())
    assert noted["folder"] == str(scans)
    assert noted["contents"] == folder_digest(scans, tmp_path)
    assert set(noted["sha256"]) == {"images/a.png", "images/b.png", "masks/a.png", "masks/b.png"}
    with as_fetched(source):
        pass


@pytest.mark.parametrize("edit", [lambda path: path.write_bytes(b"other"), lambda path: path.unlink()])
def test_what_was_edited_is_named_and_putting_it_back_heals(source, scans, edit):
    label = scans / "masks/b.png"
    content = label.read_bytes()
    edit(label)
    with raised(DataError, found=r"1 files that were changed, .* \(masks/b.png\)") as caught, as_fetched(source):
        pytest.fail("it was read")
    assert caught.value.where == str(scans)
    label.write_bytes(content)
    with as_fetched(source):
        pass


def test_an_edit_while_it_is_read_is_noticed(source, scans):
    with raised(DataError, found="masks/a.png"), as_fetched(source):
        (scans / "masks/a.png").write_bytes(b"other")


def test_an_edit_between_the_plan_and_the_first_job_is_noticed(scans, tmp_path):
    planned = folder_digest(scans, tmp_path)
    (scans / "images/a.png").write_bytes(b"other")
    with raised(DataError, found="other files than when the run was planned"):
        write_source(scans, "folder", tmp_path / "datasets/own/source.json", planned=planned)


def test_any_bytes_may_stand_in_a_name(scans, tmp_path):
    (scans / os.fsdecode(b"\xff.png")).write_bytes(b"")
    write_source(scans, "folder", tmp_path / "datasets/own/source.json")
    with as_fetched(tmp_path / "datasets/own/source.json"):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b"{}"])
def test_a_damaged_list_is_named(tmp_path, content):
    (tmp_path / "source.json").write_bytes(content)
    with raised(DataError, found="no whole list"), as_fetched(tmp_path / "source.json"):
        pass

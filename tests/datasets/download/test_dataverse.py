"""A Dataverse server: its list of files, and what it may answer instead."""

import json

import pytest

from segrepro.datasets.download.dataverse import list_files
from segrepro.datasets.download.fetch import LISTING, fetch_release
from segrepro.datasets.download.registry import pinned
from segrepro.datasets.releases.release import Dataverse
from segrepro.utils.errors import DataError
from tests.datasets.download.sources import QUICK, dataverse
from tests.raised import raised


def test_a_dataverse_is_fetched_file_by_file(site, tmp_path):
    found = dataverse(site, ("training/Utrecht/0", "wmh.nii.gz", b"mask"), (None, "read me; $x.txt", b"text"))
    fetch_release("set", found, tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert (tmp_path / "set/training/Utrecht/0/wmh.nii.gz").read_bytes() == b"mask"
    assert (tmp_path / "set/read me; $x.txt").read_bytes() == b"text"
    assert list(pinned("set", tmp_path / "lock.yaml")) == [LISTING]
    other = dataverse(site, ("training/Utrecht/0", "wmh.nii.gz", b"mAsk"))
    with raised(DataError, found="another list of files than before"):
        fetch_release("set", other, tmp_path / "again", tmp_path / "lock.yaml", QUICK)


@pytest.mark.parametrize("name", ["../../out", "..\\out", "a\nb"])
def test_a_dataverse_with_hostile_names(site, tmp_path, name):
    with raised(DataError, expected="a name inside the folder"):
        fetch_release("set", dataverse(site, ("a", name, b"x")), tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("answer", [b"no json", b"[]", b'{"data": [{}]}', b'{"data": [7]}'])
def test_a_dataverse_with_an_unknown_answer(site, tmp_path, answer):
    found = dataverse(site)
    site.files["/api/datasets/:persistentId/versions/:latest-published/files"] = answer
    with raised(DataError, found="an unknown answer"):
        fetch_release("set", found, tmp_path / "set", tmp_path / "lock.yaml", QUICK)


def test_a_table_is_wanted_as_it_was_handed_in(site):
    """The server shows its own form of a table, of another name and size; the checksum is the original's."""
    listed = {
        "dataFile": {
            "id": 7,
            "filename": "patients.tab",
            "filesize": 90,
            "originalFileFormat": "text/csv",
            "originalFileName": "patients.csv",
            "originalFileSize": 60,
            "checksum": {"type": "MD5", "value": "AB" * 16},
        }
    }
    site.files["/api/datasets/:persistentId/versions/:latest-published/files"] = json.dumps({"data": [listed]}).encode()
    (file,) = list_files(Dataverse(server=site.url, doi="10.1/x"), QUICK)
    assert file.url == f"{site.url}/api/access/datafile/7?format=original"
    assert (file.path, file.bytes, file.checksum) == ("patients.csv", 60, f"md5:{'ab' * 16}")

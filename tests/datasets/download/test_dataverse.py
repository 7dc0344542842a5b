"""A Dataverse server: its list of files, and what it may answer instead."""

import json
from pathlib import PurePosixPath

import pytest

from segrepro.datasets.download.dataverse import list_files
from segrepro.datasets.download.fetch import LISTING, fetch_release
from segrepro.datasets.download.registry import pinned
from segrepro.datasets.releases import releases
from segrepro.datasets.releases.release import Dataverse
from segrepro.datasets.replicas.wmh2017 import OBSERVERS, patients
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


def test_only_the_files_that_studies_read_are_fetched(site):
    """Every file of the release of WMH 2017, by the names of its replica's tree."""
    found = dataverse(
        site, *((str(PurePosixPath(path).parent), PurePosixPath(path).name, b"x") for path in tree())
    ).dataverse
    assert len(list_files(found, QUICK)) == len(tree()) == 1791
    only = releases()["wmh2017"].dataverse.only
    wanted = [file.path for file in list_files(found.model_copy(update={"only": only}), QUICK)]
    assert len(wanted) == 170 * 3 + 2 * 60
    assert not any("/orig/" in path or "3DT1" in path for path in wanted)
    with pytest.raises(DataError) as caught:
        list_files(found.model_copy(update={"only": "nothing"}), QUICK)
    assert caught.value.found == "1791 files, none of which is wanted"


def tree():
    paths = ["readme.pdf"]
    for one in patients():
        own = f"{one.part}/{one.place}/{one.number}"
        kinds = ["orig/3DT1", "orig/3DT1_mask", "orig/FLAIR", "orig/T1", "pre/3DT1", "pre/FLAIR", "pre/T1", "wmh"]
        kinds += ["orig/FLAIR_mask", "orig/T1_mask"] if one.place.startswith("Amsterdam") else []
        paths += [f"{own}/{kind}.nii.gz" for kind in kinds] + [f"{own}/orig/reg_3DT1_to_FLAIR.txt"]
        drawn = [f"additional_annotations/{observer}/{own}/result.nii.gz" for observer in OBSERVERS]
        paths += drawn if one.part == "training" else []
    return paths


def test_a_folder_that_windows_cannot_store_is_renamed(site):
    (file,) = list_files(
        dataverse(site, ("test/Amsterdam/Philips_VU .PETMR_01./160", "wmh.nii.gz", b"x")).dataverse, QUICK
    )
    assert file.path == "test/Amsterdam/Philips_VU_PETMR_01/160/wmh.nii.gz"


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

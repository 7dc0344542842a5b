"""Fetching a release from end to end: whole or not at all, pinned, in turns."""

import json
import shutil

import pytest

from segrepro.datasets.download import registry as module
from segrepro.datasets.download.disk import SPARE_BYTES
from segrepro.datasets.download.fetch import Settings, fetch_release
from segrepro.datasets.download.registry import pinned
from segrepro.datasets.releases.release import Release
from segrepro.utils.errors import DataError
from tests.datasets.download.sources import FACTS, QUICK, dataverse, digest, release
from tests.datasets.download.test_archives import zipped
from tests.raised import raised
from workflow_scripts import fetch_dataset

SLICES = {"title": "A set", "layout": "slices", "parts": {"train": {"files": "(?P<id>x)", "cases": 1}}}
SHOWN = ("A set", "from https://a.org", "licence: CC0", "terms: Cite it.")


def test_a_release_is_fetched_unpacked_pinned_and_not_fetched_again(site, tmp_path):
    lock, folder = tmp_path / "data.lock.yaml", tmp_path / "down loads" / "set-1.0"
    for _ in range(2):
        fetch_release("set", release(site, "set.zip", "weights.pth"), folder, lock, QUICK)
    assert (folder / "images" / "a b; $c 'é'.png").read_bytes() == b"scan"
    assert (folder / "weights.pth").read_bytes() == b"weights"
    assert sorted(path.name for path in folder.parent.iterdir()) == [".set-1.0.lock", "set-1.0"]
    assert len(site.seen) == 2
    assert pinned("set", lock) == {"set.zip": digest(site.files["/set.zip"]), "weights.pth": digest(b"weights")}


def full_disk(monkeypatch):
    """A disk with room for the spare bytes and 1 kB."""
    free = SPARE_BYTES + 1000
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(free, 0, free))


def test_there_must_be_room_for_all_listed_files_before_the_first_byte(site, tmp_path, monkeypatch):
    full_disk(monkeypatch)
    listed = dataverse(site, *((None, f"{number}.nii", bytes(200)) for number in range(3)))
    with raised(DataError, expected="0.05 GB", remedy="Make room"):
        fetch_release("set", listed, tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert len(site.seen) == 1  # the list
    fetch_release("set", dataverse(site, (None, "0.nii", bytes(200))), tmp_path / "set", tmp_path / "lock.yaml", QUICK)


@pytest.mark.parametrize(("facts", "said"), [({}, True), ({"size_gb": 1e-6}, False)])
def test_a_size_that_nobody_knows_is_said(site, tmp_path, capsys, facts, said):
    fetch_release("set", release(site, "set.zip", **facts), tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert ("size unknown" in capsys.readouterr().err) == said


def test_licence_and_terms_are_shown_before_the_first_byte(site, tmp_path, capsys):
    with pytest.raises(DataError):
        fetch_release("set", release(site, "gone.zip"), tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert tuple(capsys.readouterr().err.splitlines()[:4]) == SHOWN


def test_another_file_than_the_pinned_one_is_refused(site, tmp_path):
    lock = tmp_path / "data.lock.yaml"
    fetch_release("set", release(site, "weights.pth"), tmp_path / "first", lock, QUICK)
    site.files["/weights.pth"] = b"wEights"
    before = lock.read_text()
    with raised(DataError, expected=digest(b"weights")):
        fetch_release("set", release(site, "weights.pth"), tmp_path / "second", lock, QUICK)
    assert not (tmp_path / "second").exists()
    assert lock.read_text() == before


def test_a_hostile_archive_leaves_no_data_set_and_no_pin(site, tmp_path):
    site.files["/set.zip"] = zipped(tmp_path / "bad.zip", ("good", b"x", 0), ("../out", b"x", 0)).read_bytes()
    with raised(DataError, expected="a name inside the folder"):
        fetch_release("set", release(site, "set.zip"), tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".set.lock", "bad.zip", "set.parts", "source.zip"]


def test_a_gated_set_says_what_to_ask_for_and_where_to_put_it(tmp_path):
    gated = Release.model_validate(FACTS | {"request": "Ask them."})
    with raised(DataError, remedy="Ask them. The page: https://a.org. Put it into .*set-1.0") as caught:
        fetch_release("set", gated, tmp_path / "set-1.0", tmp_path / "lock.yaml")
    assert "\n" not in str(caught.value)
    (tmp_path / "set-1.0").mkdir()
    fetch_release("set", gated, tmp_path / "set-1.0", tmp_path / "lock.yaml")


def test_jobs_that_want_the_same_set_take_turns(site, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    wanted = release(site, "set.zip")
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(fetch_release, "set", wanted, tmp_path / "s", tmp_path / "l.yaml", QUICK) for _ in range(4)]
        assert [job.result() for job in jobs] == [None] * 4
    assert len(site.seen) == 1


def test_the_stage_downloads_by_name_and_layout(site, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "releases", lambda: {"set": release(site, "set.zip", sets=[SLICES])})
    monkeypatch.setattr(fetch_release, "__defaults__", (tmp_path / "lock.yaml", QUICK))
    settings = {"source": "download", "name": "mine", "layout": "slices", "folder": str(tmp_path / "set-1.0")}
    fetch_dataset.main(Settings(**settings, title="t", access="a"), 1, tmp_path / "source.json")
    assert json.loads((tmp_path / "source.json").read_text())["source"] == "download"
    assert (tmp_path / "set-1.0" / "masks" / "ü.png").exists()

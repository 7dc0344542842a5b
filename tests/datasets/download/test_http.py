"""Downloads from a server that cuts, stalls, lies and asks for a login."""

import hashlib
import os
import shutil
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from segrepro.datasets.download.disk import require_space
from segrepro.datasets.download.http import download
from segrepro.datasets.download.transfer import RetryPolicy
from segrepro.utils.errors import DataError
from tests.datasets.server import Site, serving
from tests.raised import raised

BODY = os.urandom(300_000)
SHA256, MD5 = hashlib.sha256(BODY).hexdigest(), hashlib.md5(BODY).hexdigest()
QUICK = RetryPolicy(tries=4, pause_s=0.01, longest_pause_s=0.3, timeout_s=0.4)


@pytest.fixture
def site():
    with serving(Site({"/a.zip": BODY})) as site:
        yield site


def fetch(site, folder, **settings):
    return download(f"{site.url}/a.zip", folder / "a.zip", retries=settings.pop("retries", QUICK), **settings)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def refused(site, folder, **settings):
    """The message of a download that is given up; nothing is left that could be taken for the file."""
    with pytest.raises(DataError) as caught:
        fetch(site, folder, **settings)
    assert not (folder / "a.zip").exists()
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(site.url)
    return str(caught.value)


def test_a_file_arrives_whole_and_is_not_fetched_twice(site, tmp_path):
    for _ in range(2):
        assert fetch(site, tmp_path, checksums=[f"sha256:{SHA256}", f"md5:{MD5}"], size=len(BODY)) == SHA256
    assert (tmp_path / "a.zip").read_bytes() == BODY
    assert names(tmp_path) == ["a.zip"]
    assert len(site.seen) == 1
    assert site.seen[0]["Accept-Encoding"] == "identity"
    assert "Authorization" not in site.seen[0]


@pytest.mark.parametrize("fault", ["cut", "stall", (503, {}), (500, {}), (429, {}), (408, {})])
def test_what_may_pass_is_tried_again_and_goes_on_where_it_broke_off(site, tmp_path, fault, capsys):
    site.faults = [fault]
    assert fetch(site, tmp_path) == SHA256
    assert len(site.seen) == 2
    assert site.seen[1].get("Range") == ("bytes=150000-" if isinstance(fault, str) else None)
    assert "trying again" in capsys.readouterr().err


def test_many_cuts(site, tmp_path):
    site.faults = ["cut"] * 3
    assert fetch(site, tmp_path) == SHA256
    assert [seen.get("Range") for seen in site.seen] == [None, "bytes=150000-", "bytes=225000-", "bytes=262500-"]


def test_a_later_run_goes_on_from_the_part(site, tmp_path):
    site.faults = ["cut"]
    refused(site, tmp_path, retries=RetryPolicy(tries=1))
    assert names(tmp_path) == ["a.zip.part", "a.zip.part.tag"]
    assert fetch(site, tmp_path) == SHA256
    assert site.seen[1]["Range"] == "bytes=150000-"
    assert site.seen[1]["If-Range"] == '"one"'
    assert names(tmp_path) == ["a.zip"]


def test_a_part_of_a_former_version_is_not_glued_to_the_new_one(site, tmp_path):
    site.faults = ["cut"]
    refused(site, tmp_path, retries=RetryPolicy(tries=1))
    new = os.urandom(300_000)
    site.files["/a.zip"], site.tag = new, '"two"'
    fetch(site, tmp_path)
    assert (tmp_path / "a.zip").read_bytes() == new


@pytest.mark.parametrize("checksums", [[], [f"sha256:{SHA256}"]])
def test_without_a_mark_only_a_checksum_allows_to_go_on(site, tmp_path, checksums):
    site.faults, site.tag = ["cut"], None
    refused(site, tmp_path, retries=RetryPolicy(tries=1), checksums=checksums)
    assert fetch(site, tmp_path, checksums=checksums) == SHA256
    assert ("Range" in site.seen[1]) == bool(checksums)


def test_a_server_without_ranges_starts_anew(site, tmp_path):
    site.faults, site.ranges = ["cut"], False
    assert fetch(site, tmp_path) == SHA256
    assert (tmp_path / "a.zip").read_bytes() == BODY


def test_a_part_that_was_already_whole(site, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(BODY)
    (tmp_path / "a.zip.part.tag").write_text('"one"')
    assert fetch(site, tmp_path) == SHA256
    assert site.seen[0]["Range"] == "bytes=300000-"


def test_a_part_longer_than_the_file_is_dropped(site, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(BODY + b"more")
    (tmp_path / "a.zip.part.tag").write_text('"one"')
    assert fetch(site, tmp_path) == SHA256


def test_a_damaged_part_is_dropped_and_the_whole_fetched_again(site, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(bytes(1000))
    assert fetch(site, tmp_path, checksums=[f"sha256:{SHA256}"]) == SHA256
    assert [seen.get("Range") for seen in site.seen] == ["bytes=1000-", None]


@pytest.mark.parametrize("wait", ["1", "date"])
def test_the_wait_that_a_server_asks_for_is_kept_up_to_a_limit(site, tmp_path, wait, capsys):
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    site.faults = [(429, {"Retry-After": when if wait == "date" else wait})]
    fetch(site, tmp_path, retries=RetryPolicy(tries=2, pause_s=100, longest_pause_s=0.6))
    assert "HTTP 429; trying again in 1 s" in capsys.readouterr().err


def test_wrong_bytes(site, tmp_path):
    site.faults = ["garbage"] * 2
    message = refused(site, tmp_path, checksums=[f"sha256:{SHA256}"])
    assert SHA256 in message
    assert names(tmp_path) == []


def test_a_wrong_file_that_was_there_is_named_and_kept(site, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"mine")
    with raised(DataError, remedy=r"Remove .*a\.zip"):
        fetch(site, tmp_path, checksums=[f"md5:{MD5}"])
    assert (tmp_path / "a.zip").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("page", "a web page"),
        ("hidden page", "a web page"),
        ((404, {}), "HTTP 404"),
        ((410, {}), "HTTP 410"),
        ((401, {}), "Log in"),
        ((403, {}), "Log in"),
        ((400, {}), "HTTP 400"),
    ],
)
def test_what_will_not_pass_is_said_at_once(site, tmp_path, fault, words):
    site.faults = [fault] * 9
    assert words in refused(site, tmp_path)
    assert len(site.seen) == 1
    assert names(tmp_path) == []


@pytest.mark.parametrize("fault", [(503, {}), "cut", "stall"])
def test_a_server_that_keeps_failing_is_given_up(site, tmp_path, fault):
    site.files["/a.zip"] = BODY[:64]
    site.faults = [fault] * 99
    assert "4 times in a row" in refused(site, tmp_path)


def test_no_server(tmp_path):
    with raised(DataError, found="no connection"):
        download("http://127.0.0.1:9/a.zip", tmp_path / "a.zip", retries=QUICK)


def test_a_trickle_counts_as_a_failure(site, tmp_path, capsys):
    site.faults = ["trickle"]
    assert fetch(site, tmp_path, retries=RetryPolicy(tries=2, pause_s=0.01, timeout_s=0.5)) == SHA256
    assert "bytes a second" in capsys.readouterr().err


@pytest.mark.parametrize("size", [len(BODY) - 1, len(BODY) + 1])
@pytest.mark.parametrize("length", [True, False])
def test_another_size_than_the_registry_says(site, tmp_path, size, length):
    site.length = length
    assert "bytes" in refused(site, tmp_path, size=size, retries=RetryPolicy(tries=1))


def test_a_server_that_names_no_length(site, tmp_path):
    site.length = False
    assert fetch(site, tmp_path, size=len(BODY)) == SHA256


def test_the_disk_is_looked_at_before_a_byte_is_written(site, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(1, 1, 1000))
    with raised(DataError, found="0.00 GB free"):
        fetch(site, tmp_path)
    assert (tmp_path / "a.zip.part").stat().st_size == 0
    with raised(DataError, remedy="on a larger disk"):
        require_space(tmp_path / "not" / "yet", 10)


def test_a_full_disk_is_one_line(site, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda number: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with raised(DataError, found="No space left on device"):
        fetch(site, tmp_path)


def test_lines_on_progress(site, tmp_path, capsys):
    site.faults = ["trickle"]
    fetch(site, tmp_path, retries=RetryPolicy(tries=2, pause_s=0.01, timeout_s=0.5, progress_s=0.1))
    assert "a.zip: 0 of 0 MB" in capsys.readouterr().err


def test_two_downloads_of_one_file_at_once(site, tmp_path):
    import fcntl

    with open(tmp_path / "a.zip.part", "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another process" in refused(site, tmp_path)

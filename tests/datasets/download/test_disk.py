"""The disk that data sets are brought to."""

import shutil
import threading

import pytest

from segrepro.datasets.download.disk import SPARE_BYTES, alone, require_space
from segrepro.utils.errors import DataError


@pytest.mark.parametrize("needed", [1, 1000])
def test_there_must_be_room_for_what_is_needed_and_a_little_more(tmp_path, monkeypatch, needed):
    free = SPARE_BYTES + needed
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(free, 0, free))
    require_space(tmp_path / "not" / "yet", needed)
    with pytest.raises(DataError) as error:
        require_space(tmp_path / "not" / "yet", needed + 1)
    assert (error.value.where, error.value.found) == (str(tmp_path / "not" / "yet"), "0.05 GB free")


def test_nothing_needs_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(0, 0, 0))
    require_space(tmp_path, 0)


def test_one_after_the_other_for_one_path_and_at_once_for_two(tmp_path):
    """Each thread opens the lock's file for itself, so they wait for each other as processes do."""
    seen = []

    def wait_for(name):
        with alone(tmp_path / "new" / name):
            seen.append(name)

    with alone(tmp_path / "new" / "a"):
        second, other = (threading.Thread(target=wait_for, args=(name,)) for name in "ab")
        second.start()
        other.start()
        other.join(timeout=10)
        assert seen == ["b"]
    second.join(timeout=10)
    assert seen == ["b", "a"]

"""Whether an image may be read is known from its header."""

from pathlib import Path

import pytest

from segrepro.images.size_limit import LIMIT, require_size
from segrepro.utils.errors import DataError

PATH, GB = Path("scan.nii.gz"), 2**30


@pytest.mark.parametrize(("size", "stored"), [(GB // 4, 10), (GB, GB // 50), (2 * GB, GB)])
def test_what_real_scans_are_is_read(size, stored, monkeypatch):
    monkeypatch.delenv(LIMIT, raising=False)
    require_size(PATH, size, stored)


@pytest.mark.parametrize(("size", "stored", "most"), [(3 * GB, 3 * GB, "2 GB"), (GB, 2**20, "0.5 GB")])
def test_a_small_file_that_becomes_huge_is_refused(size, stored, most, monkeypatch):
    monkeypatch.delenv(LIMIT, raising=False)
    with pytest.raises(DataError) as caught:
        require_size(PATH, size, stored)
    assert (caught.value.where, caught.value.expected) == (str(PATH), f"at most {most}")
    assert LIMIT in caught.value.remedy


def test_whoever_means_it_may_allow_more(monkeypatch):
    monkeypatch.setenv(LIMIT, "8")
    require_size(PATH, 7 * GB, 2**20)

"""Files that may be packed: as many bytes as asked for, or one clear error."""

import gzip

import pytest

from segrepro.images.packed import is_packed, read_unpacked
from segrepro.utils.errors import DataError
from tests.raised import raised


def test_no_more_is_unpacked_than_was_asked_for(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"0123456789") + b"what follows")
    (tmp_path / "b").write_bytes(b"0123456789")
    assert is_packed(tmp_path / "a.gz")
    assert not is_packed(tmp_path / "b")
    assert read_unpacked(tmp_path / "a.gz", 4)[0] == read_unpacked(tmp_path / "b", 4)[0] == b"0123"
    assert read_unpacked(tmp_path / "b", 99) == (b"0123456789", 10)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-9], lambda raw: raw[:4] + b"\xff" * 9 + raw[13:]])
def test_what_breaks_off_or_is_damaged_is_named(tmp_path, damage):
    (tmp_path / "a.gz").write_bytes(damage(gzip.compress(bytes(range(256)))))
    with pytest.raises(DataError) as caught:
        read_unpacked(tmp_path / "a.gz", 2**20)
    assert caught.value.where == str(tmp_path / "a.gz")


def test_a_file_that_the_system_does_not_let_be_read_is_not_called_damaged(tmp_path):
    (tmp_path / "a.gz").symlink_to("a.gz")
    with raised(DataError, where="a.gz", found="an unreadable file", remedy="Allow to read it"):
        read_unpacked(tmp_path / "a.gz", 4)

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrepro.datasets import fingerprint, layout_names, open_dataset
from segrepro.datasets.base import safe_id, walk_files
from segrepro.errors import ConfigError, DataError
from tests.scans import write_slices


@pytest.mark.parametrize("layout", layout_names())
def test_missing_and_empty_folders_say_what_was_expected(tmp_path, layout):
    with pytest.raises(DataError, match="no such folder") as missing:
        open_dataset(layout, tmp_path / "nowhere")
    with pytest.raises(DataError, match="an empty folder") as empty:
        open_dataset(layout, tmp_path)
    (tmp_path / "readme.txt").write_text("x")
    with pytest.raises(DataError, match=r"1 entries \(readme.txt\) and no case") as foreign:
        open_dataset(layout, tmp_path)
    for error in (missing, empty, foreign):
        message = str(error.value)
        assert str(tmp_path) in message
        assert "such as" in message
        assert "\n" not in message


def test_unknown_layout_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean atlas"):
        open_dataset("atlass", ".")


def test_fingerprint_follows_names_and_sizes_only(tmp_path):
    write_slices(tmp_path, ["a", "b"])
    before = fingerprint(tmp_path)
    os.utime(tmp_path / "images" / "a.png", (0, 0))
    (tmp_path / ".DS_Store").write_text("noise of the file manager")
    assert fingerprint(tmp_path) == before
    (tmp_path / "images" / "a.png").rename(tmp_path / "images" / "c.png")
    renamed = fingerprint(tmp_path)
    assert renamed != before
    with open(tmp_path / "images" / "c.png", "ab") as file:
        file.write(b"x")
    assert fingerprint(tmp_path) not in (before, renamed)


def test_fingerprint_names_a_link_to_nothing(tmp_path):
    (tmp_path / "scan.nii.gz").symlink_to(tmp_path / "not fetched")
    with pytest.raises(DataError, match="scan.nii.gz: found a link to nothing"):
        fingerprint(tmp_path)


def test_fingerprint_is_the_same_wherever_the_folder_lies(tmp_path):
    for name in ("here", "there/deep"):
        write_slices(tmp_path / name, ["ä b", "c"])
    assert fingerprint(tmp_path / "here") == fingerprint(tmp_path / "there" / "deep")


def test_walk_follows_linked_folders_but_not_circles(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "scan.nii").write_text("")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "link").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "back").symlink_to(tmp_path / "set")
    assert [p.name for p in walk_files(tmp_path / "set")] == ["scan.nii"]


@given(st.text(min_size=1), st.text(min_size=1))
def test_ids_are_safe_and_differ_where_names_differ(first, second):
    import re
    import unicodedata

    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", safe_id(first))
    same = unicodedata.normalize("NFC", first) == unicodedata.normalize("NFC", second)
    assert (safe_id(first) == safe_id(second)) == same


def test_ids_of_long_names_fit_a_file_name():
    assert len(safe_id("ü" + "x" * 240)) < 100

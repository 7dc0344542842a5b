import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrepro.datasets import layout_names, open_dataset
from segrepro.datasets.base import safe_id, walk_files
from segrepro.errors import ConfigError, DataError


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

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrepro.datasets import layout_names, open_dataset
from segrepro.datasets.case import safe_id
from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.folders import walk_files
from tests.raised import raised
from tests.scans import write_slices


@pytest.mark.parametrize("layout", layout_names())
def test_missing_and_empty_folders_say_what_was_expected(tmp_path, layout):
    with raised(DataError, found="no such folder") as missing:
        open_dataset(layout, tmp_path / "nowhere")
    with raised(DataError, found="an empty folder") as empty:
        open_dataset(layout, tmp_path)
    (tmp_path / "readme.txt").write_text("x")
    with raised(DataError, found=r"1 entries \(readme.txt\) and no case") as foreign:
        open_dataset(layout, tmp_path)
    for error in (missing, empty, foreign):
        message = str(error.value)
        assert str(tmp_path) in message
        assert "such as" in message
        assert "\n" not in message


@pytest.fixture
def close(monkeypatch):
    """Makes folders ones that cannot be read, for root too."""

    def closed(call, folders):
        def refuse(path="."):
            if str(path) in folders:
                raise PermissionError(13, "Permission denied", str(path))
            return call(path)

        return refuse

    def close(*folders):
        for name in ("scandir", "listdir"):
            monkeypatch.setattr(os, name, closed(getattr(os, name), {str(folder) for folder in folders}))

    return close


def test_every_folder_that_cannot_be_read_is_named(tmp_path, close):
    for name in "abc":
        write_slices(tmp_path / "images" / name, [name])
    closed = [tmp_path / "images" / name for name in "ab"]
    close(*closed)
    with pytest.raises(DataError) as error:
        open_dataset("slices", tmp_path)
    expected = "found an unreadable folder (Permission denied); expected a readable folder. Allow to read it"
    lines = str(error.value).splitlines()
    assert [line.partition(", or")[0] for line in lines] == [f"{folder}: {expected}" for folder in closed]


@pytest.mark.parametrize("layout", layout_names())
def test_a_data_set_whose_folder_cannot_be_read(tmp_path, close, layout):
    close(tmp_path, tmp_path / "images", tmp_path / "masks")
    with raised(DataError, where=str(tmp_path), found=r"an unreadable .*folder \(Permission denied\)"):
        open_dataset(layout, tmp_path)


def test_a_file_of_the_layout_that_cannot_be_read(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "dataset.json").write_text("{}")
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with raised(DataError, where="dataset.json", found=r"an unreadable file or folder \(Permission denied\)"):
        open_dataset("msd", tmp_path)


def test_unknown_layout_names_the_nearest():
    with raised(ConfigError, remedy="Did you mean atlas"):
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

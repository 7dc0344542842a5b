import pytest

from segrepro.files import whole_file, whole_folder


def fail_within(whole):
    with whole as partial:
        (partial / "third" if partial.is_dir() else partial).write_text("half")
        raise KeyError


def test_a_file_appears_at_the_end_and_replaces_the_former(tmp_path):
    path = tmp_path / "new" / "a.txt"
    for text in ("first", "second"):
        with whole_file(path) as partial:
            partial.write_text(text)
            assert partial.suffix == ".txt"
            assert not path.exists() or path.read_text() == "first"
        assert path.read_text() == text


def test_a_file_that_fails_leaves_the_former(tmp_path):
    (tmp_path / "a.txt").write_text("former")
    with pytest.raises(KeyError):
        fail_within(whole_file(tmp_path / "a.txt"))
    assert [p.read_text() for p in tmp_path.iterdir()] == ["former"]


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "out"
    for name in ("first", "second"):
        with whole_folder(folder) as partial:
            (partial / name).write_text("")
        assert [p.name for p in folder.iterdir()] == [name]
    with pytest.raises(KeyError):
        fail_within(whole_folder(folder))
    assert [p.name for p in folder.iterdir()] == ["second"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]

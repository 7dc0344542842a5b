"""YAML files: what is no mapping, and keys that stand twice."""

import pytest

from segrepro.utils.errors import ConfigError
from segrepro.utils.yaml_files import read_yaml


def read(tmp_path, content: bytes):
    (tmp_path / "a.yaml").write_bytes(content)
    return read_yaml(tmp_path / "a.yaml")


def test_anchors_and_merges_are_taken_as_yaml_has_them(tmp_path):
    text = b'base: &base {a: 1, b: 2}\nmine: {<<: *base, b: 3}\nname: "\xc3\xbc"\n'
    assert read(tmp_path, text) == {"base": {"a": 1, "b": 2}, "mine": {"a": 1, "b": 3}, "name": "ü"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"- a", "list"),
        (b"", "NoneType"),
        (b"a: [1", "text that is not YAML in line 1"),
        (b"a: 1\nb: 2\na: 3", "the key 'a' in lines 1 and 3"),
        (b"a: 1\nb: \xff", "bytes that are not UTF-8 in line 2"),
        (b"a: !!python/object:os.x {}", "text that is not YAML in line 1"),
        (b"a: 2001-99-99", "text that is not YAML"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, content, found):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    assert (caught.value.where, caught.value.found) == (str(tmp_path / "a.yaml"), found)


def test_keys_that_stand_twice_are_all_named_in_order(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, b"x: {b: 1, b: 2}\na: 1\na: 2\n")
    assert len(str(caught.value).splitlines()) == 2
    assert caught.value.found == "the key 'b' in lines 1 and 1"


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read_yaml(tmp_path / "none.yaml")
    assert caught.value.found == "nothing to read (no such file or directory)"

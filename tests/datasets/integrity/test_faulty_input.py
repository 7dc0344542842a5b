"""Faulty data sets, one fault each: one line, exit code 2, no traceback, and nothing written."""

import os
import subprocess
import sys

import numpy as np
import pytest

from segrepro.cli import main as cli
from segrepro.datasets import layouts
from segrepro.utils.repository import REPOSITORY
from tests.datasets import own_layouts
from tests.datasets.faults import (
    FILES,
    SETS,
    WRITERS,
    cut,
    folder_instead,
    gone,
    image,
    put,
    voxels,
    write_fake_set,
    write_slices_set,
)


def run(capsys, monkeypatch, folder, layout, *options):
    monkeypatch.setattr(sys, "argv", ["segrepro", "check", str(folder), "--layout", layout, *options])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    said = capsys.readouterr()
    return code, said.out, [line for line in said.err.splitlines() if line]


@pytest.fixture(autouse=True)
def _fake_layout(monkeypatch):
    monkeypatch.setattr(layouts, "__path__", [*layouts.__path__, *own_layouts.__path__])


def contents(folder):
    return {p: (p.lstat().st_mtime_ns, p.lstat().st_size) for p in sorted(folder.rglob("*"))}


@pytest.mark.parametrize("number", range(len(FILES)))
def test_one_faulty_file(tmp_path, capsys, monkeypatch, number):
    kind, spoil, words = FILES[number]
    write_slices_set(tmp_path / "set")
    path = image(tmp_path / "set", "b", kind)
    spoil(path)
    line = only_line(tmp_path, capsys, monkeypatch, "slices", words)
    if spoil not in (gone, folder_instead):
        assert str(path) in line


@pytest.mark.parametrize("number", range(len(SETS)))
def test_one_fault_in_a_set(tmp_path, capsys, monkeypatch, number):
    name, spoil, words = SETS[number]
    WRITERS[name](tmp_path / "set")
    spoil(tmp_path / "set")
    only_line(tmp_path, capsys, monkeypatch, "slices" if name == "pictures" else name, words)


def only_line(tmp_path, capsys, monkeypatch, layout, words, *options):
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    code, out, lines = run(capsys, monkeypatch, tmp_path / "set", layout, *options)
    assert code == 2
    assert len(lines) == 1, lines
    assert lines[0].startswith("segrepro: ")
    assert "; expected " in lines[0]
    assert lines[0].endswith((".", "?"))
    assert words in lines[0], lines[0]
    assert "Traceback" not in out
    assert contents(tmp_path) == before
    return lines[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--folds", "4"], "at least 4 for 4 folds"),
        (["--folds", "2"], "at least 4 for 2 folds"),
        (["--labels", "one"], "--labels"),
        (["--labels", "1.5"], "--labels"),
    ],
)
def test_faulty_options(tmp_path, capsys, monkeypatch, options, words):
    write_slices_set(tmp_path / "set")
    only_line(tmp_path, capsys, monkeypatch, "slices", words, *options)


def test_labels_that_are_asked_for(tmp_path, capsys, monkeypatch):
    write_slices_set(tmp_path / "set")
    put(2)(image(tmp_path / "set", "b", "masks"))
    assert run(capsys, monkeypatch, tmp_path / "set", "slices", "--labels", "1,2")[0] == 0
    only_line(tmp_path, capsys, monkeypatch, "slices", "found the values 2; expected 0, 1.", "--labels", "1")


@pytest.mark.parametrize("kind", ["none", "file", "empty", "foreign", "unknown layout"])
def test_faulty_folders(tmp_path, capsys, monkeypatch, kind):
    folder = tmp_path / "set"
    if kind == "file":
        folder.write_text("x")
    elif kind != "none":
        folder.mkdir()
    if kind == "foreign":
        (folder / "readme.txt").write_text("x")
    layout = "slcies" if kind == "unknown layout" else "slices"
    words = {"none": "no such folder", "file": "no such folder", "empty": "an empty folder", "foreign": "readme.txt"}
    only_line(tmp_path, capsys, monkeypatch, layout, words.get(kind, "Did you mean slices?"))


@pytest.mark.parametrize("name", list(WRITERS))
def test_a_sound_set_has_no_fault(tmp_path, capsys, monkeypatch, name):
    WRITERS[name](tmp_path / "set")
    layout = "slices" if name == "pictures" else name
    code, out, lines = run(capsys, monkeypatch, tmp_path / "set", layout, *(["--folds", "3"] if name != "fake" else []))
    assert (code, lines) == (0, [])
    assert out.endswith("\n3 cases of 3 patients: no fault\n")


def test_a_test_part_may_come_without_labels(tmp_path, capsys, monkeypatch):
    write_fake_set(tmp_path / "set")
    (tmp_path / "set/test/p3/label.nii.gz").unlink()
    assert run(capsys, monkeypatch, tmp_path / "set", "fake")[0] == 0


def test_empty_labels_where_they_are_allowed(tmp_path, capsys, monkeypatch):
    write_slices_set(tmp_path / "set")
    voxels(np.zeros_like)(image(tmp_path / "set", "b", "masks"))
    assert run(capsys, monkeypatch, tmp_path / "set", "slices", "--allow-empty")[0] == 0


def test_all_faults_at_once(tmp_path, capsys, monkeypatch):
    write_slices_set(tmp_path / "set")
    put(np.nan)(image(tmp_path / "set", "a"))
    gone(image(tmp_path / "set", "b", "masks"))
    cut(40)(image(tmp_path / "set", "c"))
    code, out, lines = run(capsys, monkeypatch, tmp_path / "set", "slices", "--folds", "5")
    assert code == 2
    assert len(lines) == 4
    assert out.endswith("\n3 cases of 3 patients: 4 faults\n")


ODD = ["a b", "it's", 'say "hi"', "Müller", "a;b", "$HOME", "$(touch x)", "`touch x`", "-rf", "日本", "a&b", "*", "#1"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_names_of_files_and_folders(tmp_path, capsys, monkeypatch, odd):
    folder = tmp_path / odd / "set"
    write_slices_set(folder)
    for kind in ("images", "masks"):
        os.rename(image(folder, "b", kind), image(folder, odd, kind))
    monkeypatch.chdir(tmp_path)
    assert run(capsys, monkeypatch, folder, "slices", "--workers", "1")[0] == 0
    put(np.nan)(image(folder, odd))
    code, _, (line,) = run(capsys, monkeypatch, folder, "slices")
    assert code == 2
    assert str(image(folder, odd)) in line
    assert sorted(path.name for path in tmp_path.iterdir()) == [odd]


def test_the_command_itself(tmp_path):
    write_slices_set(tmp_path / "a b; $c" / "set")
    cut(40)(image(tmp_path / "a b; $c" / "set"))
    command = [sys.executable, "-c", "from segrepro.cli.main import main; main()", "check", "a b; $c/set"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [*command, "--layout", "slices", "--workers", "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("segrepro: a b; $c/set/images/b.nii.gz: found a damaged file")
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a b; $c"]


def test_there_are_enough_of_them():
    assert len(FILES) + len(SETS) >= 60

"""Whose turn it is in folders that several runs may want."""

import subprocess
import sys
from contextlib import contextmanager

import pytest

from segrepro.utils.errors import DiskError, RunLockedError
from segrepro.workflow import run_lock as turns
from segrepro.workflow.run_lock import begin_run, run_goes_on

RUN = """import sys
from segrepro.workflow.run_lock import begin_run
begin_run(sys.argv[1:]); print('begun', flush=True); input()"""


@contextmanager
def run_in(folder, *folders):
    """A run in a process of its own; its number."""
    command = [sys.executable, "-c", RUN, *map(str, folders)]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begun\n"
        yield process.pid
        process.communicate("\n")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder, which this process is in and gives free after the test."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(turns, "_held", [])
    return tmp_path / "here"


@pytest.mark.parametrize("names", [("shared", "own"), ("own", "shared")])
def test_a_run_that_shares_a_folder_with_another_working_folder_is_told(here, names):
    shared, there = here.parent / "shared", here.parent / "there"
    there.mkdir()
    with run_in(there, "own", shared) as process:
        with pytest.raises(RunLockedError) as caught:
            begin_run([{"shared": shared, "own": "own"}[name] for name in names])
        for words in (f"{shared}: found another run, process {process} on ", f"in {there};", "one run at a time"):
            assert words in str(caught.value)
    begin_run([shared])


def test_all_folders_of_a_run_may_be_one(here):
    begin_run(["logs", "made", "../here/made"])


def test_what_was_half_written_goes_in_every_folder_of_the_run(here):
    code = "import os; from segrepro.utils.files import whole_file\n"
    code += "with whole_file('logs/run.json') as first, whole_file('work/a.csv') as second:\n"
    code += "    first.touch(), second.touch(), os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], cwd=here)
    assert len(list(here.rglob(".partial-*"))) == 2
    begin_run(["work"])
    assert not list(here.rglob(".partial-*"))


def test_whether_a_run_goes_on_is_asked_without_leaving_anything(here):
    assert not run_goes_on(["work", "results"])
    assert list(here.iterdir()) == []
    with run_in(here.parent, here / "results"):
        assert run_goes_on(["work", "results"])
        assert not run_goes_on(["work"])
    assert not run_goes_on(["work", "results"])


def test_a_folder_in_the_place_of_a_lock_is_one_line(here):
    (here / "shared").mkdir()
    (here / "shared/run.lock").mkdir()
    for ask in (begin_run, run_goes_on):
        with pytest.raises(DiskError) as caught:
            ask(["shared"])
        assert caught.value.where.endswith("shared/run.lock")

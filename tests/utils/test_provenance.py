"""Where and with what a process runs."""

import subprocess

import numpy as np

from segrepro import __version__
from segrepro.utils import provenance as module
from segrepro.utils.provenance import commit, current_provenance


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_a_commit_says_whether_files_differ_from_it(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "REPOSITORY", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit() == "unknown"
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "one")
    clean = commit()
    assert len(clean) == 12
    (tmp_path / "new").touch()  # a file that git does not know is no change
    assert commit() == clean
    (tmp_path / "a").write_text("2")
    assert commit() == f"{clean}+changes"


def test_versions_are_those_of_what_is_loaded():
    found = current_provenance()
    assert found["versions"]["segrepro"] == __version__
    assert found["versions"]["numpy"] == np.__version__
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["cpu"]

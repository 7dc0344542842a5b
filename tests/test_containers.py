"""The Containerfile and Apptainer.def: read by a linter, since no base image can be fetched where tests run."""

import fnmatch
import re
import subprocess
import sys
from pathlib import Path

import pytest

from segrepro.utils.repository import REPOSITORY

CONTAINERFILE = (REPOSITORY / "Containerfile").read_text()
APPTAINER = (REPOSITORY / "Apptainer.def").read_text()


def copied() -> list[str]:
    """What the Containerfile copies from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()]


def test_the_linter_finds_nothing():
    done = subprocess.run(
        [Path(sys.executable).parent / "hadolint", REPOSITORY / "Containerfile"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_does_not_run_as_root():
    assert re.findall(r"^USER (\S+)$", CONTAINERFILE, re.MULTILINE)[-1] == "1000"


@pytest.mark.parametrize("name", copied())
def test_what_is_copied_is_there_and_not_ignored(name):
    assert (REPOSITORY / name).exists()
    kept = [line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert any(fnmatch.fnmatch(name, pattern) for pattern in kept)


def test_all_that_a_run_reads_is_copied():
    assert {
        "Snakefile",
        "config.yaml",
        "rules",
        "workflow_scripts",
        "schemas",
        "studies",
        "published",
        "segrepro",
    } <= set(copied())


def test_both_install_the_same():
    for text in (CONTAINERFILE, APPTAINER):
        assert "-c constraints.txt -e '.[workflow]'" in text
        assert re.findall(r"python:[\w.-]+", text)[0] == "python:3.12-slim-bookworm"


def test_what_apptainer_copies_is_there():
    section = APPTAINER.partition("%files")[2].partition("%arguments")[0]
    names = [line.split()[0] for line in section.splitlines() if line.strip()]
    assert len(names) == 8
    assert all((REPOSITORY / name).exists() for name in names)

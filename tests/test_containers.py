"""The Containerfile and Apptainer.def: read by a linter, and built where a base image is at hand."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segrepro import __version__
from segrepro.utils.repository import REPOSITORY

CONTAINERFILE = (REPOSITORY / "Containerfile").read_text()
BASE = os.environ.get("SEGREPRO_BASE_IMAGE")
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
        "workflow",
        "config.yaml",
        "rules",
        "workflow_scripts",
        "schemas",
        "studies",
        "published",
        "segrepro",
    } <= set(copied())


def test_both_install_the_same():
    """But what starts pods, which is of no use on a cluster with Apptainer."""
    for text, extras in ((CONTAINERFILE, "workflow,kubernetes"), (APPTAINER, "workflow")):
        assert f"-c constraints.txt -e '.[{extras}]'" in text
        assert re.findall(r"python:[\w.-]+", text)[0] == "python:3.12-slim-bookworm"


@pytest.mark.skipif(not (BASE and shutil.which("buildah")), reason="SEGREPRO_BASE_IMAGE or buildah is missing")
@pytest.mark.timeout(3600)
def test_it_is_built_and_plans_a_study_as_a_user_who_is_not_root(request):
    """With BASE as root, in a chroot. SEGREPRO_BUILD has more of buildah's options, such as volumes with wheels."""
    chroot = ["--isolation", "chroot", "--network", "host"]
    options = ["--build-arg", f"BASE={BASE}", *os.environ.get("SEGREPRO_BUILD", "").split()]
    build = ["buildah", "build", *chroot, *options, "--tag", "segrepro-test", "--file", "Containerfile", "."]
    subprocess.run(build, cwd=REPOSITORY, check=True)
    request.addfinalizer(lambda: subprocess.run(["buildah", "rmi", "segrepro-test"], check=True))
    made = subprocess.run(["buildah", "from", "segrepro-test"], capture_output=True, text=True, check=True)
    container = made.stdout.strip()
    request.addfinalizer(lambda: subprocess.run(["buildah", "rm", container], check=True))

    def inside(command: str) -> str:
        run = ["buildah", "run", *chroot, container, "--", "sh", "-c", command]
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout

    assert inside("id -u").strip() == "1000"
    assert inside("segrepro --version").strip().endswith(__version__)
    entry = " ".join(json.loads(re.findall(r"^ENTRYPOINT (.+)$", CONTAINERFILE, re.MULTILINE)[0]))
    plan = inside(f"{entry} -n --quiet rules --cores 1 --configfile /opt/segrepro/config.yaml --config studies=scse")
    assert re.search(r"^train_model +\d+$", plan, re.MULTILINE)


def test_what_apptainer_copies_is_there():
    section = APPTAINER.partition("%files")[2].partition("%arguments")[0]
    names = [line.split()[0] for line in section.splitlines() if line.strip()]
    assert len(names) == 10
    assert all((REPOSITORY / name).exists() for name in names)

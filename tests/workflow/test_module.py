"""The workflow as a module of another, which lies elsewhere and has ten lines; started from a third place."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from segrepro.utils.repository import REPOSITORY
from tests.test_wheel import make_dist

# docs/module.md has it so.
SNAKEFILE = f"""configfile: "config/config.yaml"


module segrepro:
    snakefile: "{REPOSITORY}/Snakefile"
    config: config


use rule * from segrepro
"""
SMALLEST = {
    "studies": "xnet",
    "experiments": ["threshold", "xnet"],
    "overrides": {
        "xnet": {
            "datasets": {"atlas": {"phantom": {"patients": 6, "shape": [50, 59, 8], "spacing_mm": [4, 4, 24]}}},
            "folds": {"count": 2, "test_fraction": None},
            "recipe": {"epochs": 1},
            "network_options": {"base_width": 4},
        }
    },
}


def snakemake(folder: Path, *arguments: str, snakefile: str = "Snakefile", **more: str) -> subprocess.CompletedProcess:
    """Started from the root of the disk, without a path to the library. more: variables of the environment."""
    command = [Path(sys.executable).parent / "snakemake", "--cores", "2", "--snakefile", folder / snakefile]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*command, "--directory", folder, *arguments], capture_output=True, text=True, cwd="/", env=environment | more
    )


@pytest.fixture
def other(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(json.dumps(SMALLEST))
    return tmp_path


def test_the_page_shows_this_snakefile():
    shown = (REPOSITORY / "docs/module.md").read_text()
    assert SNAKEFILE.replace(str(REPOSITORY), "/path/to/segrepro") in shown


@pytest.mark.workflow
def test_another_folder_makes_a_study(other):
    done = snakemake(other)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (other / "results/report/index.html").exists()
    record = json.loads((other / "logs/records.jsonl").read_text().splitlines()[0])
    assert record["outcome"] == "done"


def git(*arguments: str | Path) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def forge(tmp_path_factory) -> Path:
    """A repository with the workflow as it stands here, at the tag v0.1.0."""
    folder = tmp_path_factory.mktemp("forge") / "segrepro"
    for name in ("workflow", "rules", "envs", "schemas", "config", "profiles"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "config.yaml", "LICENSE"):
        shutil.copy(REPOSITORY / name, folder)
    git("-C", folder, "init", "-q")
    git("-C", folder, "add", "-A")
    git("-C", folder, "commit", "-qm", "all")
    git("-C", folder, "tag", "v0.1.0")
    return folder


@pytest.mark.workflow
def test_it_is_taken_from_a_forge_beside_an_installed_library(other, forge, tmp_path):
    """As `github(...)` in a Snakefile takes it; a forge that needs no network is a repository on disk."""
    (wheel,) = make_dist(tmp_path).glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "site")
    taken = f'gitfile("{forge}", path="workflow/Snakefile", tag="v0.1.0")'
    (other / "Snakefile").write_text(SNAKEFILE.replace(f'"{REPOSITORY}/Snakefile"', taken))
    (other / "config/config.yaml").write_text(json.dumps(SMALLEST | {"experiments": ["threshold"]}))
    done = snakemake(other, PYTHONPATH=str(tmp_path / "site"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (other / "results/report/index.html").exists()


@pytest.mark.workflow
def test_snakedeploy_deploys_it(forge, tmp_path):
    """A repository on disk, of which it writes the file's name alone, as docs/module.md says."""
    pytest.importorskip("snakedeploy", reason="snakedeploy is not installed")
    deploy = [Path(sys.executable).parent / "snakedeploy", "deploy-workflow", forge, tmp_path / "dest"]
    subprocess.run([*deploy, "--tag", "v0.1.0"], check=True, capture_output=True)
    written = tmp_path / "dest/workflow/Snakefile"
    written.write_text(written.read_text().replace('"workflow/Snakefile"', f'"{REPOSITORY}/Snakefile"'))
    assert (tmp_path / "dest/profiles/slurm/config.yaml").exists()
    done = snakemake(tmp_path / "dest", "-n", "--quiet", "rules", snakefile="workflow/Snakefile")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "train_model" in done.stdout


@pytest.mark.workflow
def test_a_wrong_value_is_one_line_there_too(other):
    printed = snakemake(other, "--dry-run", "--config", "studies=nothing")
    assert printed.returncode != 0
    assert "found 'nothing'" in printed.stderr
    assert "Traceback" not in printed.stderr


def test_the_catalog_and_snakedeploy_find_what_they_look_for():
    catalog = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())
    assert catalog["usage"]["mandatory-flags"]["flags"] == "--resources gpu=1"
    assert set(catalog["usage"]["software-stack-deployment"]) == {"conda", "apptainer"}
    config = REPOSITORY / "config"
    assert (config / "config.yaml").read_text() == (REPOSITORY / "config.yaml").read_text()
    assert all(f"`{key}`" in (config / "README.md").read_text() for key in ("studies", "scale", "data", "overrides"))

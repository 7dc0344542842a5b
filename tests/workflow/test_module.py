"""The workflow as a module of another, which lies elsewhere and has ten lines; started from a third place."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from segrepro.utils.repository import REPOSITORY

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


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Started from the root of the disk, without a path to the library."""
    command = [Path(sys.executable).parent / "snakemake", "--cores", "2", "--snakefile", folder / "Snakefile"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*command, "--directory", folder, *arguments], capture_output=True, text=True, cwd="/", env=environment
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

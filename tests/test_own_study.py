"""What docs/own-study.md says is run as it stands there."""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.images.io import write_image
from segrepro.preprocessing.preparation import Preparation
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.scans import affine_of, write_slices
from tests.test_docs import commands_in
from tests.workflow.new_study.test_write import anisotropic

DOCUMENT = REPOSITORY / "docs" / "own-study.md"


def block(language):
    return re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL).group(1)


@pytest.fixture
def lesions(tmp_path, monkeypatch):
    write_slices(tmp_path / "lesions", ["patient7", "patient8"])
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("lesions")
def test_the_sessions_run_as_shown():
    shown = "\n".join(re.findall(r"```\n(>>> .*?)```", DOCUMENT.read_text(), re.DOTALL))
    session = doctest.DocTestParser().get_doctest(shown, {}, DOCUMENT.name, str(DOCUMENT), 0)
    assert len(session.examples) == shown.count(">>> ") > 10
    assert doctest.DocTestRunner().run(session).failed == 0


def test_the_preparation_is_accepted():
    preparation = Preparation.model_validate(yaml.safe_load(block("yaml"))["preparation"])
    assert preparation.normalization_of("flair").high == 99.5
    assert preparation.normalization_of("dwi") == "zscore"


def test_the_table_of_cases_is_read(tmp_path):
    (text,) = re.findall(r"```\n(case,.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (tmp_path / "cases.csv").write_text(text)
    (case,) = open_dataset("csv", tmp_path).cases
    assert (case.id, case.patient, case.site, list(case.images)) == ("visit7", "patient3", "Oslo", ["t1", "flair"])


def test_the_rows_are_accepted():
    rows = {}
    for text in re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        rows |= yaml.safe_load(text).get("experiments", {})
    config = {
        "studies": "xnet",
        "data": "phantom",
        "experiments": [*rows],
        "overrides": {"xnet": {"experiments": rows}},
    }
    runs = make_plan(load_config(config)).all_runs.values()
    assert {run.experiment for run in runs} == {"nnunet", "mean", "mirrored", "cleaned", "xnet", "unet"}


@pytest.mark.workflow
@pytest.mark.timeout(1800)  # three trainings, each job a process
def test_the_commands_lead_to_a_report_on_ones_own_data(tmp_path):
    """As in a fresh clone: two channels, voxels of other sizes in every case."""
    clone, scans = tmp_path / "clone", anisotropic(tmp_path / "Dataset101_Lesions")
    kept = (
        "Snakefile",
        "workflow",
        "config.yaml",
        "rules",
        "profiles",
        "schemas",
        "published",
        "workflow_scripts",
        "segrepro",
        "envs",
    )
    clone.mkdir()
    for name in (*kept, "studies"):
        source = REPOSITORY / name
        shutil.copytree(source, clone / name) if source.is_dir() else shutil.copy(source, clone)
    environment = os.environ | {"PYTHONPATH": str(clone)}
    lines = [line for program in ("segrepro", "snakemake") for line in commands_in(DOCUMENT.read_text(), program)]
    run, planned = [], []
    for line in lines:
        (planned if "scale=paper" in line else run).append(line.replace("/scans/Dataset101_Lesions", str(scans)))
    assert (len(run), len(planned)) == (5, 1)
    for line in [*sorted(run, key=lambda line: "status" in line), *(f"{line} -n" for line in planned)]:
        program, *arguments = shlex.split(line)
        command = [Path(sys.executable).parent / program, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=clone, env=environment)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert (clone / "fingerprint/fingerprint.png").exists()
    assert (clone / "Dataset102_Copy/splits_final.json").exists()
    page = (clone / "results/report/lesions.html").read_text()
    words = re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert "lesions: 6 cases of 6 patients" in words
    assert "Demo scale." in words
    for of_a_paper in ("What the paper claims", "published", "ATLAS", "MICCAI 2019", "0.4606", "Changed."):
        assert of_a_paper not in words


def test_the_layout_reads_its_folder(tmp_path, monkeypatch):
    (tmp_path / "visits.py").write_text(block("python"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "visits", raising=False)
    rng, folder = np.random.default_rng(0), tmp_path / "data"
    for visit in ("p1/v1", "p1/v2", "p2/v1"):
        write_image(folder / visit / "flair.nii.gz", rng.normal(size=(6, 5, 4)).astype(np.float32), affine_of())
        write_image(folder / visit / "lesion.nii.gz", rng.integers(0, 3, (6, 5, 4), dtype=np.uint8), affine_of())
    dataset = open_dataset("visits:find_cases", folder)
    assert check_dataset(dataset) == []
    assert [(case.id, case.patient) for case in dataset.cases] == [("p1-v1", "p1"), ("p1-v2", "p1"), ("p2-v1", "p2")]
    (folder / "p1/v2/lesion.nii.gz").unlink()
    assert [fault.found for fault in check_dataset(open_dataset("visits:find_cases", folder))] == ["no label beside it"]

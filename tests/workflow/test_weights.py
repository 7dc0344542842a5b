"""Pretrained weights: a file that must be there, or a download before training."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from segrepro.datasets.download import registry as module
from segrepro.datasets.download.fetch import fetch_release
from segrepro.datasets.download.transfer import RetryPolicy
from segrepro.datasets.releases import releases
from segrepro.datasets.releases.release import Release
from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.pretrained import pretrained_files
from tests.datasets.server import Site, serving
from tests.raised import raised
from workflow_scripts import fetch_weights

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WMH = {"studies": "wmh", "experiments": ["fcn", "fcn_pretrained"]}


def plan_of(tmp_path, weights, **values):
    return make_plan(load_config(WMH | {"pretrained": weights, "work": str(tmp_path)} | values))


def run_of(plan, experiment):
    return next(run for run in plan.all_runs.values() if run.experiment == experiment)


@pytest.mark.parametrize("values", [{}, {"experiments": "main"}])
@pytest.mark.parametrize(
    ("weights", "fields"),
    [
        (
            {"vgg16": "/no/such.pth"},
            {"where": "pretrained.vgg16$", "found": "^no file '/no/such.pth'$", "expected": "a file of weights"},
        ),
        ({"vgg61": "download"}, {"where": "pretrained.vgg61$", "found": "^'vgg61'$", "remedy": "Did you mean vgg16?"}),
    ],
)
def test_weights_that_are_not_there_stop_the_plan(tmp_path, weights, fields, values):
    with raised(ConfigError, **fields):
        plan_of(tmp_path, weights, **values)


def test_a_file_whose_digest_is_given_is_taken_as_it_is(tmp_path):
    own = tmp_path / "own.pth"
    own.write_bytes(CONTENT)
    plan = plan_of(tmp_path, {"vgg16": str(own)}, weights_sha256=SHA256)
    assert list(pretrained_files(plan.config).values()) == [str(own)]
    assert plan.downloaded_weights(run_of(plan, "fcn_pretrained").key) == []


def test_weights_are_downloaded_before_the_training_that_needs_them(tmp_path, monkeypatch):
    facts = releases()["vgg16"].model_dump()
    with serving(Site({"/vgg16.pth": CONTENT})) as site:
        wrong = {"url": f"{site.url}/vgg16.pth", "checksum": f"sha256:{'0' * 64}"}
        right = {"url": f"{site.url}/vgg16.pth", "bytes": len(CONTENT), "checksum": f"sha256:{SHA256}"}
        monkeypatch.setattr(fetch_release, "__defaults__", (tmp_path / "lock.yaml", RetryPolicy(tries=1)))
        for file in (wrong, right):
            entries = {"vgg16": Release.model_validate(facts | {"files": [file]})}
            monkeypatch.setattr(module, "releases", lambda entries=entries: entries)
            plan = plan_of(tmp_path, {"vgg16": "download"})
            run = run_of(plan, "fcn_pretrained")
            (note,) = map(Path, plan.downloaded_weights(run.key))
            assert plan.downloaded_weights(run_of(plan, "fcn").key) == []
            if file is wrong:
                with raised(DataError, found=f"sha256 {SHA256}", expected="0000"):
                    fetch_weights.main(plan.weights_settings("vgg16"), note)
                assert not note.exists()
        fetch_weights.main(plan.weights_settings("vgg16"), note)
    assert json.loads(note.read_text())["source"] == "download"
    assert run.pretrained_sha256 == SHA256
    assert Path(pretrained_files(plan.config)[SHA256]).read_bytes() == CONTENT


@pytest.mark.workflow
def test_the_workflow_downloads_only_for_who_needs_it(tmp_path):
    (tmp_path / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    command = [Path(sys.executable).parent / "snakemake", "-n", "--snakefile", REPOSITORY / "Snakefile"]
    words = ["--directory", tmp_path, "--quiet", "rules", "--config", "studies=wmh", "pretrained={vgg16: download}"]
    for experiments, wanted in (
        ('experiments=["fcn","fcn_pretrained"]', True),
        ("experiments=main", True),
        ('experiments=["fcn"]', False),
    ):
        done = subprocess.run([*command, *words, experiments], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (["fetch_weights", "1"] in [line.split() for line in done.stdout.splitlines()]) == wanted

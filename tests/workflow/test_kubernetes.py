"""A study through profiles/kubernetes, on a stand-in for Kubernetes' API; one pod ends for want of memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from segrepro.utils.repository import REPOSITORY
from tests.workflow.kubernetes import Cluster, Pod, kubernetes
from tests.workflow.test_module import SMALLEST

PROFILE = REPOSITORY / "profiles/kubernetes"
pytestmark = pytest.mark.workflow
pytest.importorskip("snakemake_executor_plugin_kubernetes", reason="segrepro[kubernetes] is not installed")


def snakemake(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """As docs/cluster.md has it, in the folder of a volume."""
    volume = ["--kubernetes-volume-persistent-volumes", f"claim:{folder}", "--container-image", "segrepro:test"]
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    command += ["--workflow-profile", PROFILE, "--directory", folder, *volume, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=os.environ | {"PYTHONPATH": str(PROFILE)} | environment
    )


@pytest.fixture(scope="module")
def volume(tmp_path_factory):
    folder = tmp_path_factory.mktemp("volume")
    (folder / "config.yaml").write_text(json.dumps(SMALLEST | {"scale": "demo"}))
    return folder


def test_the_profile_as_it_stands_plans_the_demo(tmp_path):
    (tmp_path / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    done = snakemake(tmp_path, "-n", "--quiet", "rules")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "train_model" in done.stdout


def test_a_study_runs_in_pods_and_one_without_memory_is_started_again(volume):
    killed: list[Pod] = []

    def out_of_memory(pod: Pod) -> None:
        if pod.rule == "prepare_cases" and not killed:
            killed.append(pod)
            pod.process.kill()

    cluster = Cluster(started=out_of_memory)
    with kubernetes(cluster, volume) as config:
        done = snakemake(volume, "--seconds-between-status-checks", "1", KUBECONFIG=str(config))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (volume / "results/report/index.html").exists()
    by_rule = {pod.rule: pod.container for pod in cluster.pods.values()}
    assert by_rule["train_model"]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert "nvidia.com/gpu" not in by_rule["evaluate_predictions"]["resources"]["limits"]
    assert {"name": "claim", "mountPath": str(volume)} in by_rule["train_model"]["volumeMounts"]
    first, second = [pod for pod in cluster.pods.values() if pod.rule == "prepare_cases"][:2]
    asked = [int(pod.container["resources"]["limits"]["memory"].removesuffix("M")) for pod in (first, second)]
    assert (first, asked[1]) == (killed[0], 2 * asked[0])


def test_it_holds_what_the_other_profiles_hold():
    own, slurm, default = (
        yaml.safe_load((REPOSITORY / f"profiles/{name}/config.yaml").read_text())
        for name in ("kubernetes", "slurm", "default")
    )
    assert {key: own[key] for key in default} == default
    assert own["retries"] == slurm["retries"]

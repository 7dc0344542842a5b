"""The xnet study through profiles/slurm on a real SLURM, with a job cancelled and a job out of memory on the way."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from segrepro.config import REPOSITORY
from tests.workflow import slurm

pytestmark = pytest.mark.workflow
TINY = (
    'overrides={"xnet": {"datasets": {"atlas": {"phantom": {"patients": 6}, "batch_cases": 3}},'
    ' "folds": {"count": 2}, "recipe": {"epochs": 4}}}'
)
WEIGHTS = ("model.safetensors", "last.safetensors")
# Enough for Snakemake on the second attempt only, and asked for in megabytes that a test machine has.
LITTLE_MEMORY = "evaluate_predictions:mem_mb=150 * attempt ** 4"
SECONDS_TO_TRAIN, SECONDS_TO_FINISH = 180, 400


@dataclass(frozen=True)
class Finished:
    """What is left of a run on the cluster: its folder, its SLURM jobs, and the job that was cancelled."""

    folder: Path
    jobs: list[dict[str, str]]
    cancelled: str

    def of(self, *rules: str) -> list[dict[str, str]]:
        """The jobs of some rules, in the order of submission."""
        return [job for job in self.jobs if job["Comment"].startswith(tuple(f"rule_{rule}" for rule in rules))]

    def log(self, job: dict[str, str]) -> str:
        """What SLURM and Snakemake said in a job."""
        return Path(job["StdOut"]).read_text()


def start(folder: Path, profile: str, *arguments: str, **options) -> subprocess.Popen:
    """Snakemake in a folder of its own, with what it says in snakemake.log."""
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    command += ["--directory", folder, "--workflow-profile", REPOSITORY / "profiles" / profile, *arguments]
    with (folder / "snakemake.log").open("w") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, **options)


def finish(process: subprocess.Popen, folder: Path) -> str:
    """Wait for Snakemake; what it said."""
    code = process.wait(SECONDS_TO_FINISH)
    said = (folder / "snakemake.log").read_text()
    assert code == 0, said
    return said


def cancel_a_training(cluster: slurm.Cluster, process: subprocess.Popen, folder: Path) -> str:
    """`scancel` the first training that has saved a checkpoint; its job id."""
    end = time.monotonic() + SECONDS_TO_TRAIN
    while not list(folder.glob("work/runs/*/fold*/checkpoint/checkpoint.pt")):
        assert time.monotonic() < end and process.poll() is None, (folder / "snakemake.log").read_text()
        time.sleep(0.05)
    (running,) = [job["JobId"] for job in cluster.jobs_of("train_model") if job["JobState"] == "RUNNING"]
    cluster.call("scancel", running)
    return running


@pytest.fixture(scope="module")
def cluster() -> Iterator[slurm.Cluster]:
    if reason := slurm.missing():
        pytest.skip(reason)
    with slurm.cluster() as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Iterator[tuple[subprocess.Popen, Path]]:
    """The same trainings without a cluster, which run meanwhile."""
    folder = tmp_path_factory.mktemp("undisturbed")
    target = "results/xnet/xnet/models.csv"
    process = start(folder, "default", "--cores", "1", target, "--config", TINY, 'experiments=["xnet"]')
    yield process, folder
    process.kill()


@pytest.fixture(scope="module")
def finished(cluster, undisturbed, tmp_path_factory) -> Finished:
    folder = tmp_path_factory.mktemp("cluster")
    config = ["--config", TINY, 'experiments=["xnet"]', "copy_to_scratch=true"]
    seconds = ["--slurm-init-seconds-before-status-checks", "1"]
    process = start(
        folder, "slurm", "xnet", *config, "--set-resources", LITTLE_MEMORY, *seconds, env=cluster.environment
    )
    try:
        cancelled = cancel_a_training(cluster, process, folder)
        finish(process, folder)
    finally:
        process.kill()
    return Finished(folder, cluster.jobs(), cancelled)


def test_the_tables_are_there(finished):
    assert "X-Net" in (finished.folder / "results/xnet/tables/table1.md").read_text()


def test_every_training_and_prediction_has_a_gpu_and_none_shares_it(finished):
    jobs = sorted(finished.of("train_model", "predict_cases"), key=lambda job: job["StartTime"])
    assert len(jobs) == 5
    assert {job["TresPerJob"] for job in jobs} == {"gres:gpu:1"}
    for before, after in zip(jobs, jobs[1:]):
        assert before["EndTime"] <= after["StartTime"]
    first, second = finished.of("train_model")[:2]
    assert second["SubmitTime"] < first["EndTime"]  # it could have run at the same time, but for the GPU


def test_a_cancelled_training_is_tried_again_with_more_and_goes_on_from_its_checkpoint(finished, undisturbed):
    (cancelled,) = [job for job in finished.jobs if job["JobId"] == finished.cancelled]
    again = [job for job in finished.of("train_model") if job["Comment"] == cancelled["Comment"]][1]
    assert cancelled["JobState"] == "CANCELLED"
    assert (again["JobState"], again["MinMemoryNode"], again["TimeLimit"]) == ("COMPLETED", "16000M", "1-00:00:00")
    (log,) = finished.folder.glob(f"logs/train_model/*/fold{cancelled['Comment'][-1]}.log")
    assert "going on at round" in log.read_text()
    finish(*undisturbed)
    expected = {
        path.relative_to(undisturbed[1]): path
        for name in WEIGHTS
        for path in undisturbed[1].glob(f"work/runs/*/*/{name}")
    }
    assert len(expected) == 4
    for path, other in expected.items():
        assert (finished.folder / path).read_bytes() == other.read_bytes()


def test_a_job_over_its_memory_is_tried_again_with_more(finished):
    first, second = finished.of("evaluate_predictions")
    assert first["JobState"] in ("FAILED", "OUT_OF_MEMORY", "CANCELLED")
    assert "exceeded memory limit" in finished.log(first)
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("150M", "2400M")
    assert second["JobState"] == "COMPLETED"


def test_small_rules_travel_together_and_light_ones_stay(finished):
    assert len(finished.of("data")) == 1  # fetched and checked
    assert len(finished.of("prepare")) == 1  # two batches
    assert not finished.of("split_folds", "publish_models")


def test_all_logs_are_kept(finished):
    assert all(Path(job["StdOut"]).is_relative_to(finished.folder / "logs/slurm") for job in finished.jobs)
    assert all("1 of 1 steps" in finished.log(job) for job in finished.of("predict_cases"))


def test_where_arrays_are_read_from_makes_nothing_again(finished):
    logs = list(finished.folder.glob("logs/train_model/*/*.log"))
    assert len(logs) == 2
    assert all("arrays are copied to" in log.read_text() for log in logs)
    process = start(finished.folder, "default", "-n", "xnet", "--config", TINY, 'experiments=["xnet"]')
    assert "Nothing to be done" in finish(process, finished.folder)


def test_the_profile_does_what_the_default_one_does():
    default, profile = (
        yaml.safe_load((REPOSITORY / f"profiles/{p}/config.yaml").read_text()) for p in ("default", "slurm")
    )
    assert default.items() <= profile.items()

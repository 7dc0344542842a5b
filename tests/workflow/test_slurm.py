"""The xnet study through profiles/slurm on a real SLURM; one job is cancelled and one out of memory."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from segrepro.utils.repository import REPOSITORY
from tests.reliability.workflow import AT_DEMO_SIZE
from tests.workflow import slurm

pytestmark = pytest.mark.workflow
# CI runs all five rows of the demo's own study, which takes minutes more.
SMALLER = (
    'experiments=["threshold","xnet"]',
    'overrides={"xnet": {"datasets": {"atlas": {"phantom": {"patients": 8}, "batch_cases": 4}},'
    ' "recipe": {"epochs": 3}}}',
)
STUDY = ["--config", "studies=xnet", *([] if AT_DEMO_SIZE else SMALLER)]
TRAININGS = 5 if AT_DEMO_SIZE else 2  # on one division of the patients
WEIGHTS = ("model.safetensors", "last.safetensors")
# Too little for torch at the first attempt of one network, and no more than a test machine has at the second.
LITTLE_MEMORY = "predict_cases:mem_mb=(300 if wildcards.run.startswith('xnet-') else 2400) * attempt ** 3"
SECONDS_TO_TRAIN, SECONDS_TO_FINISH = 300, 1200


@dataclass(frozen=True)
class Finished:
    """What is left of a run on the cluster: its folder and SLURM jobs, and the job that was cancelled.

    resumed, undisturbed: the model of the cancelled training, and of the same training elsewhere.
    """

    folder: Path
    jobs: list[dict[str, str]]
    cancelled: str
    resumed: Path
    undisturbed: Path

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


def cancel_a_training(cluster: slurm.Cluster, process: subprocess.Popen, folder: Path) -> tuple[str, Path]:
    """`scancel` the first training that has saved a checkpoint; its job id, and where its model will be."""
    end = time.monotonic() + SECONDS_TO_TRAIN
    while not (saved := list(folder.glob("work/runs/*/fold*/checkpoint/checkpoint.pt"))):
        waiting = process.poll() is None and time.monotonic() < end
        assert waiting, (folder / "snakemake.log").read_text()
        time.sleep(0.05)
    (running,) = [job["JobId"] for job in cluster.jobs_of("train_model") if job["JobState"] == "RUNNING"]
    cluster.call("scancel", running)
    return running, saved[0].parent.parent.relative_to(folder)


@pytest.fixture(scope="module")
def cluster() -> Iterator[slurm.Cluster]:
    if reason := slurm.missing():
        pytest.skip(reason)
    with slurm.cluster() as made:
        yield made


@pytest.fixture(scope="module")
def finished(cluster, tmp_path_factory) -> Finished:
    folder, undisturbed = tmp_path_factory.mktemp("cluster"), tmp_path_factory.mktemp("undisturbed")
    config = [*STUDY, "copy_to_scratch=true", "--set-resources", LITTLE_MEMORY]
    seconds = ["--slurm-init-seconds-before-status-checks", "2"]
    with ExitStack() as stack:
        process = start(folder, "slurm", "xnet", *config, *seconds, env=cluster.environment)
        stack.callback(process.kill)
        cancelled, model = cancel_a_training(cluster, process, folder)
        # The same training without a cluster, meanwhile.
        other = start(undisturbed, "default", "--cores", "1", model / "model.safetensors", *STUDY)
        stack.callback(other.kill)
        finish(process, folder)
        finish(other, undisturbed)
    return Finished(folder, cluster.jobs(), cancelled, folder / model, undisturbed / model)


def test_the_tables_are_there(finished):
    assert "X-Net" in (finished.folder / "results/xnet/tables/table1.md").read_text()


def test_every_training_and_prediction_has_a_gpu_and_none_shares_it(finished):
    jobs = sorted(finished.of("train_model", "predict_cases"), key=lambda job: job["StartTime"])
    assert len(jobs) == 2 * TRAININGS + 2  # with their predictions; one of each a second time
    assert {job["TresPerJob"] for job in jobs} == {"gres:gpu:1"}
    for before, after in zip(jobs, jobs[1:]):
        assert before["EndTime"] <= after["StartTime"]
    first, second = finished.of("train_model")[:2]
    assert second["SubmitTime"] < first["EndTime"]  # it could have run at the same time, but for the GPU


def test_a_cancelled_training_is_tried_again_with_more_and_goes_on_from_its_checkpoint(finished):
    (cancelled,) = [job for job in finished.jobs if job["JobId"] == finished.cancelled]
    again = [job for job in finished.of("train_model") if job["Comment"] == cancelled["Comment"]][1]
    assert cancelled["JobState"] == "CANCELLED"
    assert (again["JobState"], again["MinMemoryNode"], again["TimeLimit"]) == ("COMPLETED", "16000M", "1-00:00:00")
    log = finished.folder / "logs/train_model" / finished.resumed.parent.name / f"{finished.resumed.name}.log"
    assert "going on at epoch" in log.read_text()
    for name in WEIGHTS:
        assert (finished.resumed / name).read_bytes() == (finished.undisturbed / name).read_bytes()


def test_a_job_over_its_memory_is_tried_again_with_more(finished):
    first, second = [job for job in finished.of("predict_cases") if "xnet-" in job["Comment"]]
    assert first["JobState"] in ("FAILED", "OUT_OF_MEMORY", "CANCELLED")
    assert "exceeded memory limit" in finished.log(first)
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("300M", "2400M")
    assert second["JobState"] == "COMPLETED"


def test_no_job_is_repeated_inside_itself(finished):
    assert not [job for job in finished.jobs if "Trying to restart" in finished.log(job)]


def test_small_rules_travel_together_and_light_ones_stay(finished):
    assert len(finished.of("data")) == 1  # fetched and checked
    assert len(finished.of("prepare")) == 1  # of several batches
    assert not finished.of("split_folds", "publish_models")


def test_all_logs_are_kept(finished):
    assert all(Path(job["StdOut"]).is_relative_to(finished.folder / "logs/slurm") for job in finished.jobs)
    assert all("1 of 1 steps" in finished.log(job) for job in finished.of("evaluate_predictions"))


def test_where_arrays_are_read_from_makes_nothing_again(finished):
    logs = list(finished.folder.glob("logs/train_model/*/*.log"))
    assert len(logs) == TRAININGS
    assert all("arrays are copied to" in log.read_text() for log in logs)
    process = start(finished.folder, "default", "-n", "xnet", *STUDY)
    assert "Nothing to be done" in finish(process, finished.folder)


def test_the_profile_does_what_the_default_one_does():
    default, profile = (
        yaml.safe_load((REPOSITORY / f"profiles/{p}/config.yaml").read_text()) for p in ("default", "slurm")
    )
    assert default.items() <= profile.items()

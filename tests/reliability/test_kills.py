"""kill -9 at twenty random moments of the xnet study, each followed by the same command."""

import os
import random
import shutil
import signal
import time

import psutil
import pytest

from tests.reliability import workflow

pytestmark = pytest.mark.workflow
STUDY = workflow.DEMO if workflow.AT_DEMO_SIZE else workflow.SMALLEST
# The whole process group as by a closed machine, Snakemake alone (its jobs live on), or one job.
VICTIMS = [*["group"] * 8, *["snakemake"] * 4, *["train_model"] * 5, *["evaluate_predictions"] * 3]


def jobs(folder, rule):
    """The running jobs of a rule in `folder`, without the shells around them."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            if f"workflow_scripts.{rule}" in line[:4] and process.cwd() == str(folder):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def strike(process, folder, victim, moments):
    """Kill the victim at a random moment; whether the run lived long enough."""
    if victim in ("group", "snakemake"):
        time.sleep(moments.uniform(0.5, 12 if workflow.AT_DEMO_SIZE else 8))
        if process.poll() is not None:
            return False
        (os.killpg if victim == "group" else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        return True
    while not (found := jobs(folder, victim)):
        if process.poll() is not None:
            return False
        time.sleep(0.05)
    time.sleep(moments.uniform(0, 2))
    try:
        found[0].kill()
    except psutil.NoSuchProcess:  # it had ended by itself
        return False
    return True


@pytest.fixture
def wanted(request, tmp_path):
    """What the study makes when it is left alone."""
    if not workflow.AT_DEMO_SIZE:
        return workflow.made(request.getfixturevalue("undisturbed"))
    folder = workflow.new_folder(tmp_path / "alone")
    code, text = workflow.run(folder, "tables", study=STUDY)
    assert code == 0, text
    return workflow.made(folder)


@pytest.mark.timeout(3000)
def test_tables_and_weights_are_the_same_after_twenty_kills(wanted, tmp_path):
    folder, moments = workflow.new_folder(tmp_path / "killed"), random.Random(7)
    victims = moments.sample(VICTIMS, len(VICTIMS))
    process = workflow.start(folder, "tables", study=STUDY)
    while victims:
        if strike(process, folder, victims[-1], moments):
            victims.pop()
        elif process.returncode == 0:
            assert workflow.made(folder) == wanted
            shutil.rmtree(folder / "results")
            shutil.rmtree(folder / moments.choice(["work", "work/runs"]))
        if process.poll() is not None:
            process = workflow.start(folder, "tables", study=STUDY)
    process.wait()
    code, text = workflow.run(folder, "tables", study=STUDY)
    assert code == 0, text
    assert workflow.made(folder) == wanted
    assert not workflow.remnants(folder)
    assert "Nothing to be done" in workflow.run(folder, "tables", study=STUDY)[1]


def test_jobs_that_outlived_a_killed_run_are_waited_for(finished):
    shutil.rmtree(finished / "work/runs")
    shutil.rmtree(finished / "results")
    process = workflow.start(finished, "tables")
    while not jobs(finished, "train_model"):
        assert process.poll() is None
        time.sleep(0.02)
    while not (finished / "logs/jobs.lock").exists() or not jobs_at_work(finished):
        time.sleep(0.02)
    orphans = jobs(finished, "train_model")
    for orphan in orphans:
        orphan.suspend()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process = workflow.start(finished, "tables")
    while "waiting for them" not in (finished / "out.txt").read_text():
        assert process.poll() is None, (finished / "out.txt").read_text()
        time.sleep(0.05)
    for orphan in orphans:
        orphan.resume()
    assert process.wait() == 0


def jobs_at_work(folder):
    """Whether a job has said that it is at work."""
    import fcntl

    with (folder / "logs/jobs.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False

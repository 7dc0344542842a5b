import json
import os
import re
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from segrepro.utils.errors import DataError
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.monitor.status import newest_scores, read_status, seconds_left, training_progress
from segrepro.workflow.monitor.status_text import progress_lines, status_lines
from tests.raised import raised

NUMBERS = {}  # Snakemake's ids of jobs


def job(rule, number, study="xnet", needed=True):
    where = f"{rule}/{number}"
    return {
        "id": NUMBERS.setdefault(where, len(NUMBERS)), "tries": 1,
        "rule": rule, "what": f"{rule} {number}", "studies": [study], "output": f"work/{where}.csv",
        "log": f"logs/{where}.log", "needed": needed,
    }  # fmt: skip


def write_run(folder, jobs, pid=None):
    (folder / "logs").mkdir(exist_ok=True)
    run = {"started": time.time() - 60, "host": socket.gethostname(), "pid": pid or os.getpid(), "jobs": jobs}
    (folder / "logs/run.json").write_text(json.dumps(run))


def happen(folder, *events, age=0.0):
    """Lines of events: names, or jobs that failed, or pairs of such a job and whether it was killed."""
    for one in events:
        entry, killed = one if isinstance(one, tuple) else (one, False)
        known = {"event": entry} if isinstance(entry, str) else {"event": "job_failed", "job": entry["id"]}
        with (folder / "logs/events.jsonl").open("a") as file:
            file.write(json.dumps({"time": time.time() - age, "killed": killed} | known) + "\n")


def finish(folder, entry, text="x\n", age=0.0, seconds=10.0):
    path = folder / entry["output"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    record = {"rule": entry["rule"], "outcome": "done", "seconds": seconds}
    record["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
    with (folder / "logs/records.jsonl").open("a") as file:
        file.write(json.dumps(record) + "\n")


def begin(folder, entry, text="started\n"):
    path = folder / entry["log"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_each_job_is_in_one_state_and_counts_for_its_studies(tmp_path):
    jobs = [job("train_model", n) for n in range(4)] + [job("prepare_cases", 0, "wmh", needed=False)]
    jobs.append(job("prepare_cases", 1, "wmh"))
    write_run(tmp_path, jobs)
    happen(tmp_path, jobs[2])
    finish(tmp_path, jobs[0])
    begin(tmp_path, jobs[1], "epoch 2/10 loss 0.5; 20.0 ms a step\n")
    begin(tmp_path, jobs[2], "reading\nsegrepro: scan.nii.gz: found a damaged file\n")
    finish(tmp_path, jobs[4], age=3600)
    finish(tmp_path, jobs[5], age=3600)  # stands from an earlier run and is made anew
    status = read_status(tmp_path)
    assert status.outcome == "running"
    assert status.of_study("xnet") == {"done": 1, "running": 1, "failed": 1, "waiting": 1}
    assert status.of_study("wmh") == {"done": 1, "running": 0, "failed": 0, "waiting": 1}
    text = "\n".join(status_lines(status))
    assert "epoch 2/10 loss 0.5" in text
    assert "found a damaged file" in text
    assert "logs/train_model/2.log" in text


@pytest.mark.parametrize(
    ("events", "pid", "outcome"),
    [
        (["done"], None, "done"),
        (["failed"], None, "failed"),
        (["interrupted"], None, "interrupted"),
        (["interrupted"], 2**22 + 7, "interrupted"),  # a second Ctrl-C lets Snakemake say nothing more
        (["interrupted", "done"], None, "done"),
        ([], 2**22 + 7, "killed"),
        ([], None, "running"),
    ],
)
def test_the_outcome_of_a_run(tmp_path, events, pid, outcome):
    write_run(tmp_path, [job("train_model", 0)], pid)
    happen(tmp_path, *events)
    begin(tmp_path, job("train_model", 0))
    status = read_status(tmp_path)
    assert status.outcome == outcome
    assert bool(status.jobs["running"]) == (outcome == "running")


def test_events_of_former_runs_and_half_a_line_count_for_nothing(tmp_path):
    jobs = [job("train_model", 0)]
    write_run(tmp_path, jobs)
    happen(tmp_path, jobs[0], "failed", age=3600)
    with (tmp_path / "logs/events.jsonl").open("a") as file:
        file.write('{"time": 1e10, "event": "do\n')
    status = read_status(tmp_path)
    assert (status.outcome, status.of_study("xnet")["waiting"]) == ("running", 1)


def test_a_job_has_failed_when_it_is_not_tried_again(tmp_path):
    jobs = [job("train_model", 0) | {"tries": 2}]
    write_run(tmp_path, jobs)
    happen(tmp_path, jobs[0])
    assert read_status(tmp_path).of_study("xnet")["failed"] == 0
    happen(tmp_path, jobs[0])
    assert read_status(tmp_path).of_study("xnet")["failed"] == 1


def test_a_run_lasted_until_its_end_or_the_last_sign_of_it(tmp_path):
    jobs = [job("train_model", 0)]
    write_run(tmp_path, jobs, pid=2**22 + 7)  # began 60 s ago
    begin(tmp_path, jobs[0])
    os.utime(tmp_path / jobs[0]["log"], (time.time() - 20,) * 2)
    assert read_status(tmp_path).seconds == pytest.approx(40, abs=2)
    happen(tmp_path, "done", age=10)
    assert read_status(tmp_path).seconds == pytest.approx(50, abs=2)


def test_time_left_is_the_mean_of_what_finished_less_what_a_training_has_done(tmp_path):
    jobs = [job("train_model", n) for n in range(4)]
    write_run(tmp_path, jobs)
    assert seconds_left(read_status(tmp_path)) == (0, 4)
    assert list(status_lines(read_status(tmp_path)))[-1].endswith("not known yet")
    begin(tmp_path, jobs[1], "epoch 3/10 step 50/100; 20.0 ms a step\n")
    assert seconds_left(read_status(tmp_path)) == (pytest.approx(20 * 0.75 + 3 * 20), 0)
    finish(tmp_path, jobs[0], seconds=40)
    assert seconds_left(read_status(tmp_path)) == (pytest.approx(40 * 0.75 + 2 * 40), 0)


def test_progress_of_a_training_without_any_line_of_it():
    assert training_progress("device: the CPU\n") == (0.0, None)
    assert training_progress("epoch 4/8 loss 0.1; 2.0 ms a step\n") == (0.5, None)


def test_newest_scores_are_means_over_the_best_weights_without_undefined_ones(tmp_path):
    jobs = [job("evaluate_predictions", n) for n in range(2)]
    write_run(tmp_path, jobs)
    rows = "experiment,checkpoint,dice\nunet,best,0.5\nunet,best,0.7\nunet,best,\nunet,last,0.1\n"
    finish(tmp_path, jobs[0], rows, age=30)
    finish(tmp_path, jobs[1], "experiment,checkpoint,dice\nxnet,best,0.9\n")
    assert newest_scores(read_status(tmp_path)) == [("xnet", 0.9, 1), ("unet", pytest.approx(0.6), 2)]


def test_half_a_record_is_passed_over(tmp_path):
    jobs = [job("train_model", n) for n in range(2)]
    write_run(tmp_path, jobs)
    (tmp_path / "logs/records.jsonl").write_text('{"rule": "train_model", "outc\n')
    finish(tmp_path, jobs[0], seconds=40)
    assert seconds_left(read_status(tmp_path)) == (40, 0)


@pytest.mark.parametrize("said", [status_lines, progress_lines])
def test_of_a_job_that_was_killed_it_is_said_what_to_do(tmp_path, said):
    failing = job("train_model", 0)
    again = job("train_model", 1) | {"tries": 2}
    for events, advised in (([failing], False), ([(failing, True)], True), ([failing, (again, True)], False)):
        write_run(tmp_path, [failing, again])
        (tmp_path / "logs/events.jsonl").unlink(missing_ok=True)
        happen(tmp_path, *events)
        text = "\n".join(said(read_status(tmp_path)))
        assert ("when memory runs out" in text, "batch size" in text) == (advised, advised)


def test_a_folder_without_a_run_is_one_line(tmp_path):
    with raised(DataError, remedy="Start snakemake there first"):
        read_status(tmp_path)


BROKEN = """
from torch import nn

class Net(nn.Module):
    def __init__(self, in_channels, out_channels, **options):
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, images):
        if not images.is_meta and images.any():
            raise ValueError("no such head")
        return self.layer(images)
"""


@pytest.mark.workflow
def test_a_real_run_that_fails_says_what_failed_and_keeps_the_rest(tmp_path):
    (tmp_path / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    overrides = {
        "datasets": {"atlas": {"phantom": {"patients": 6}}},
        "folds": {"count": 2, "test_fraction": None},
        "experiments": {"xnet": {"network": "broken:Net"}},
    }
    # Planning calls it with zeros.
    (tmp_path / "broken.py").write_text(BROKEN)
    command = [os.path.join(os.path.dirname(sys.executable), "snakemake"), "--cores", "2", "--resources", "gpu=1"]
    command += ["--snakefile", REPOSITORY / "Snakefile", "--directory", tmp_path, "--retries", "0", "--keep-going"]
    command += [
        "--config",
        "studies=xnet",
        "experiments=[threshold,xnet]",
        f"overrides={json.dumps({'xnet': overrides})}",
    ]
    planned = subprocess.run([*command, "-n"], capture_output=True, text=True, cwd=tmp_path)
    assert "\nRun of " not in planned.stdout + planned.stderr
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    (said,) = re.findall(r"^Run of .*: failed, (?s:.*)threshold: 0\.", done.stderr, re.MULTILINE)
    assert re.search(r"^xnet +\d+ +0 +2 +\d+$", said, re.MULTILINE)
    status = read_status(tmp_path)
    assert status.outcome == "failed", done.stderr
    counts = status.of_study("xnet")
    assert counts["failed"] == 2
    assert counts["done"] >= 9
    text = "\n".join(status_lines(status))
    assert "no such head" in text
    assert "threshold: 0." in text
    assert "Time left" not in text

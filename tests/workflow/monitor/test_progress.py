"""What a run says of itself while it goes on."""

import subprocess
import sys
import threading
import time

from segrepro.workflow.monitor.progress import Progress, progress_text
from tests.workflow.monitor.test_status import begin, finish, happen, job, write_run

SCORED = "experiment,checkpoint,dice\nunet,best,0.5\n"


def test_a_run_says_again_and_again_how_it_stands_and_stops_at_its_end(tmp_path):
    jobs = [job("train_model", n) for n in range(3)] + [job("evaluate_predictions", 0, "wmh")]
    write_run(tmp_path, jobs)
    finish(tmp_path, jobs[0], seconds=40)
    begin(tmp_path, jobs[1])
    finish(tmp_path, jobs[3], SCORED)
    said, often = [], threading.Event()

    def say(text):
        said.append(text)
        if len(said) == 3:
            often.set()

    progress = Progress(say, tmp_path, every=0.001)
    progress.start()
    assert often.wait(60)
    happen(tmp_path, "done")
    progress.end()
    count = len(said)
    time.sleep(0.05)
    assert len(said) == count
    assert ": running, " in said[0]
    assert "xnet         1        1        0        1" in said[0]
    assert "wmh          1        0        0        0" in said[0]
    assert "Time left: about " in said[0]
    assert "unet: 0.5000, 1 cases" in said[0]
    assert ": done, " in said[-1]
    assert "Time left" not in said[-1]
    assert "train_model 1" not in "".join(said)  # what runs stands in Snakemake's own lines


def test_only_the_newest_scores_are_said(tmp_path):
    jobs = [job("evaluate_predictions", n) for n in range(7)]
    write_run(tmp_path, jobs)
    for number, entry in enumerate(jobs):
        finish(tmp_path, entry, SCORED.replace("unet", f"run{number}"), age=number)
    text = progress_text(tmp_path)
    assert [f"run{number}: " in text for number in range(7)] == [True] * 5 + [False] * 2


def test_what_cannot_be_read_is_said_and_ends_nothing(tmp_path):
    assert progress_text(tmp_path).startswith("How the run stands cannot be told now: ")
    write_run(tmp_path, [job("train_model", 0)])
    (tmp_path / "logs/run.json").write_text('{"started": 17')
    assert progress_text(tmp_path).startswith("How the run stands cannot be told now: ")


def test_it_keeps_no_process_alive(tmp_path):
    code = "from segrepro.workflow.monitor.progress import Progress; Progress(print).start()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

"""What Snakemake's events tell of a run: of its interface, and of a small workflow that it really runs."""

import os
import signal
import subprocess
import sys
import time

import pytest
from snakemake_interface_logger_plugins.tests import TestLogHandlerBase

from segrepro.workflow.monitor.events import RunEvents
from segrepro.workflow.monitor.run_files import read_events
from segrepro.workflow.monitor.status import read_status

SNAKEFILE = """
from snakemake.logging import logger
from segrepro.workflow.monitor.events import RunEvents
from segrepro.workflow.monitor.status import note_start

EVENTS = RunEvents(workflow.output_settings, None)

rule well:
    output: touch("well")
    log: "well.log"
    shell: "echo > {log}"

rule badly:
    output: "badly"
    log: "badly.log"
    shell: "echo no > {log}; exit 3"

rule again:
    output: "again"
    log: "again.log"
    retries: 1
    shell: "test -e tried && touch again || (touch tried; exit 1)"

rule dies:
    output: "dies"
    log: "dies.log"
    shell: "sh -c 'kill -9 $$'"

rule slow:
    output: touch("slow")
    log: "slow.log"
    shell: "echo > {log}; until test -e go; do sleep 0.1; done"

onstart:
    note_start(workflow.dag, lambda wildcards: ["study"])
    logger.addHandler(EVENTS)
    EVENTS.heed_kill()

onsuccess:
    EVENTS.end(done=True)

onerror:
    EVENTS.end(done=False)
"""


class TestInterface(TestLogHandlerBase):
    """The interface's own checks of a plugin, in a folder where it may write."""

    __test__ = True

    @pytest.fixture(autouse=True)
    def _in_a_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def get_log_handler_cls(self):
        return RunEvents

    def get_log_handler_settings(self):
        return None

    def test_of_all_events_it_notes_the_failure_of_a_job(self, tmp_path):
        self.test_job_info_event()
        self.test_job_finished_event()
        self.test_error_event()
        self.test_job_error_event()
        (event,) = read_events(tmp_path, 0)
        assert (event.event, event.job, event.killed) == ("job_failed", 1, False)


def start(folder, *targets):
    """Snakemake, with its words hidden from the screen and from its log."""
    (folder / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--scheduler", "greedy", "--nolock", "--keep-going"]
    command += ["--quiet", "all", "--", *targets]
    return subprocess.Popen(command, cwd=folder, start_new_session=True, preexec_fn=heed_ctrl_c)


def heed_ctrl_c():
    """Also where these tests run in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(process, path):
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.02)


def states(folder):
    """The state of each rule's job."""
    return {job.rule: state for state, jobs in read_status(folder).jobs.items() for job in jobs}


@pytest.mark.workflow
def test_what_failed_what_was_killed_and_what_was_tried_again(tmp_path):
    assert start(tmp_path, "well", "badly", "again", "dies").wait(120) == 1
    status = read_status(tmp_path)
    assert status.outcome == "failed"
    assert states(tmp_path) == {"well": "done", "badly": "failed", "again": "done", "dies": "failed"}
    assert status.killed_jobs
    assert start(tmp_path, "badly").wait(120) == 1
    assert not read_status(tmp_path).killed_jobs
    (tmp_path / "well").unlink()
    assert start(tmp_path, "well").wait(120) == 0
    assert read_status(tmp_path).outcome == "done"


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("signals", "outcome"),
    [([signal.SIGINT], "interrupted"), ([signal.SIGINT] * 2, "interrupted"), ([signal.SIGKILL], "killed")],
)
def test_a_run_that_is_stopped(tmp_path, signals, outcome):
    process = start(tmp_path, "slow")
    wait_for(process, tmp_path / "slow.log")
    assert read_status(tmp_path).outcome == "running"
    assert states(tmp_path) == {"slow": "running"}
    for number in signals:
        os.killpg(process.pid, number)
        time.sleep(0.1)
    assert process.wait(60) != 0
    assert read_status(tmp_path).outcome == outcome
    assert states(tmp_path)["slow"] != "running"


@pytest.mark.workflow
def test_a_stop_that_lets_jobs_finish(tmp_path):
    process = start(tmp_path, "slow")
    wait_for(process, tmp_path / "slow.log")
    os.kill(process.pid, signal.SIGTERM)
    time.sleep(0.3)
    (tmp_path / "go").touch()
    assert process.wait(120) == 1
    assert read_status(tmp_path).outcome == "interrupted"
    assert states(tmp_path)["slow"] == "done"


def test_a_line_that_cannot_be_written_ends_nothing(tmp_path, monkeypatch):
    (tmp_path / "logs").write_text("a file where the folder should be")
    monkeypatch.chdir(tmp_path)
    RunEvents(None, None).end(done=True)
    assert read_events(tmp_path, 0) == []

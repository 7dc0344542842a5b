"""Two runs at once, Ctrl-C, folders that cannot be written to."""

import os
import shutil
import signal
import time

import pytest

from segrepro.preprocessing.prepared_cases import DAMAGED, RECORDS
from segrepro.utils.locks import locked
from segrepro.workflow.monitor.status import read_status
from tests.reliability import workflow

pytestmark = pytest.mark.workflow


def wait_for(process, path):
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.02)


def forget(folder, runs):
    """Remove some runs and the tables made of them."""
    for path in [*folder.glob(f"work/runs/{runs}"), folder / "results", folder / "logs/run.json"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_the_second_of_two_runs_is_told_in_one_line(finished, undisturbed):
    forget(finished, "threshold-*")
    first = workflow.start(finished, "tables")
    wait_for(first, finished / "logs/run.json")
    (finished / "out.txt").rename(finished / "first.txt")
    code, text = workflow.run(finished, "tables")
    assert code == 2
    assert f"another run, process {first.pid}" in workflow.one_line(text)
    assert workflow.run(finished, "tables", "-n")[0] == 0
    assert first.wait() == 0
    assert workflow.made(finished) == workflow.made(undisturbed)


def test_a_plan_beside_a_run_takes_no_prepared_cases_from_it(finished):
    folder = sorted(finished.glob("work/prepared/*/batch0"))[0]
    (folder / DAMAGED).touch()
    with (finished / "work/run.lock").open("a") as lock:
        assert locked(lock)
        assert workflow.run(finished, "tables", "-n")[0] == 0
        assert (folder / RECORDS).exists()
    assert workflow.run(finished, "tables", "-n")[0] == 0
    assert not (folder / RECORDS).exists()


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_leaves_nothing_half_written(finished, undisturbed, times):
    forget(finished, "xnet-*")
    process = workflow.start(finished, "tables")
    while not list(finished.glob("work/runs/xnet-*")):
        assert process.poll() is None
        time.sleep(0.02)
    for _ in range(times):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.1)
    assert process.wait(60) != 0
    assert not workflow.remnants(finished)
    assert read_status(finished).outcome == "interrupted"
    assert times == 2 or ": interrupted, " in (finished / "out.txt").read_text()
    code, text = workflow.run(finished, "tables")
    assert code == 0, text
    assert read_status(finished).outcome == "done"
    assert workflow.made(finished) == workflow.made(undisturbed)


@pytest.mark.parametrize("name", ["results", "work"])
def test_a_folder_that_cannot_be_written_to(tmp_path, name):
    folder = workflow.new_folder(tmp_path)
    (folder / name).write_text("a file where the folder should be")
    code, text = workflow.run(folder, "tables")
    assert code == 2, text
    assert f"segrepro: {name}: found " in workflow.one_line(text)
    assert (folder / name).read_text() == "a file where the folder should be"
    assert not (folder / "logs/fetch_dataset").exists()


def test_a_read_only_results_folder(tmp_path, request):
    import subprocess

    folder = workflow.new_folder(tmp_path)
    (folder / "results").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", folder / "results"]
    if os.getuid() or subprocess.run(mount, capture_output=True).returncode:
        (folder / "results").chmod(0o555)
    else:
        request.addfinalizer(lambda: subprocess.run(["umount", folder / "results"], check=True))
    if os.access(folder / "results", os.W_OK):
        pytest.skip("root may write anywhere here, and nothing can be mounted")
    code, text = workflow.run(folder, "tables")
    assert code == 2, text
    assert "segrepro: results" in workflow.one_line(text)

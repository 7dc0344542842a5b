"""A disk that is full, memory that runs out."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from segrepro.training.checkpoint import CURRENT, load_checkpoint, save_checkpoint
from segrepro.utils.errors import DiskError
from segrepro.utils.files import whole_file, whole_folder
from segrepro.utils.repository import REPOSITORY
from tests.raised import raised
from tests.reliability import workflow


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
    if os.getuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def state(step, megabytes=0.1):
    return {"run_hash": "a", "step": step, "weights": torch.zeros(int(megabytes * 250_000))}


def test_a_full_disk_keeps_the_checkpoint_before(small_disk):
    save_checkpoint(small_disk / "c", state(1))
    with pytest.raises(DiskError, match=rf"{CURRENT}: found no space left on device") as caught:
        save_checkpoint(small_disk / "c", state(2, megabytes=2))
    assert "\n" not in str(caught.value)
    assert [path.name for path in (small_disk / "c").iterdir()] == [CURRENT]
    assert load_checkpoint(small_disk / "c", "a")["step"] == 1
    save_checkpoint(small_disk / "c", state(2))
    assert load_checkpoint(small_disk / "c", "a")["step"] == 2


def fill(disk, write):
    """Write 2 MB in one of the ways of this package."""
    too_much = np.zeros(2_000_000, np.uint8)
    if write == "folder":
        with whole_folder(disk / "arrays") as partial:
            np.save(partial / "a.npy", too_much)
        return
    with whole_file(disk / "file.npy") as partial:
        if write == "numpy":
            np.save(partial, too_much)
        elif write == "bytes":
            partial.write_bytes(too_much.tobytes())
        else:
            partial.write_text(" " * len(too_much))


@pytest.mark.parametrize("write", ["numpy", "bytes", "text", "folder"])
def test_whatever_writes_says_that_the_disk_is_full(small_disk, write):
    with raised(DiskError, found="no space left"):
        fill(small_disk, write)
    assert not list(small_disk.iterdir())


@pytest.mark.workflow
def test_a_training_whose_checkpoint_does_not_fit_goes_on_when_there_is_room(finished, undisturbed):
    (fold,) = finished.glob("work/runs/xnet-*/fold0")
    for path in [*fold.glob("[a-z]*.*"), *fold.glob("checkpoint/*.pt"), *finished.glob("results/xnet/tables/[a-z]*")]:
        path.unlink()
    settings = json.loads(next(record for record in records(finished) if '"rule": "train_model"' in record))["settings"]
    inputs = ["--folds", *map(str, finished.glob("work/folds/*.csv"))]
    inputs += ["--prepared", *map(str, finished.glob("work/prepared/*/*/cases.json"))]
    command = ["--settings", json.dumps(settings), *inputs, "--start", "--output", str(fold)]
    code = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, -1));"
    code += "runpy.run_module('workflow_scripts.train_model', run_name='__main__', alter_sys=True)"
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=finished, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert f"{CURRENT}: found file too large" in workflow.one_line(done.stderr)
    assert not workflow.remnants(finished)
    assert not (fold / "model.safetensors").exists()
    assert workflow.run(finished, "tables")[0] == 0
    assert workflow.made(finished) == workflow.made(undisturbed)


def records(folder):
    """Lines of the run record, those of xnet's first fold before others."""
    lines = (folder / "logs/records.jsonl").read_text().splitlines()
    return sorted(lines, key=lambda line: '"name": "xnet"' not in line or '"fold": 0' not in line)


SHORT = {
    "numpy": "import numpy as np; np.zeros(10**16)",
    "torch": "import torch; torch.zeros(10**15)",
    "GPU": "import torch; raise torch.OutOfMemoryError('CUDA out of memory.')",
    "CUDA": "raise RuntimeError('CUDA error: out of memory')",
    "cuDNN": "raise RuntimeError('cuDNN error: CUDNN_STATUS_ALLOC_FAILED')",
    "cuBLAS": "raise RuntimeError('CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`')",
}


@pytest.mark.parametrize("what", SHORT)
def test_memory_that_runs_out_is_advice_in_one_line(tmp_path, what):
    (tmp_path / "hungry.py").write_text(
        f"from segrepro.workflow.job import run_job\n\ndef main():\n    {SHORT[what]}\n\nrun_job(main)\n"
    )
    done = subprocess.run(
        [sys.executable, "hungry.py"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 1
    line = workflow.one_line(done.stderr)
    assert "hungry: out of memory" in line
    assert "batch size" in line
    assert json.loads((tmp_path / "logs/records.jsonl").read_text())["outcome"] == "failed"


@pytest.mark.parametrize("full", ["records", "log"])
def test_logs_that_take_no_more_fail_no_job_that_is_done(tmp_path, full):
    code = (
        "from segrepro.workflow.job import run_job\n\ndef main():\n    print('said')\n    return []\n\nrun_job(main)\n"
    )
    (tmp_path / "job.py").write_text(code)
    (tmp_path / "logs").mkdir()
    if full == "records":
        (tmp_path / "logs/records.jsonl").symlink_to("/dev/full")
    with open("/dev/full" if full == "log" else tmp_path / "log", "w") as log:
        done = subprocess.run(
            [sys.executable, "job.py"], cwd=tmp_path, stdout=log, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if full == "records":
        assert "records.jsonl: found no space left" in workflow.one_line(done.stderr)
    else:
        assert done.stderr == ""
        assert json.loads((tmp_path / "logs/records.jsonl").read_text())["outcome"] == "done"

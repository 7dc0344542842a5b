"""The command line as a user calls it: help, speed of the start, models that were copied elsewhere."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command

from segrepro.cli.main import app
from segrepro.images.io import read_image, write_image
from segrepro.utils.repository import REPOSITORY
from tests.models import write_model
from tests.scans import affine_of

COMMANDS = get_command(app).commands
HEAVY = ("torch", "pandas", "matplotlib", "numpy", "pydantic", "scipy", "nibabel", "yaml", "rich.progress")


def segrepro(*arguments, cwd, **environment) -> subprocess.CompletedProcess:
    code = "from segrepro.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"} | environment,
    )


def test_help_starts_without_anything_heavy(tmp_path):
    code = (
        "import sys; sys.argv = ['segrepro', '--help']\n"
        "from segrepro.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY)
    assert "HEAVY []" in done.stdout, done.stdout + done.stderr
    for name in COMMANDS:
        assert name in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_shows_an_example_that_parses(name):
    (example,) = re.findall(r"Example: (segrepro .*)", COMMANDS[name].epilog)
    _, called, *arguments = shlex.split(example)
    assert called == name
    with COMMANDS[name].make_context(name, arguments):
        pass


def write_scan(path: Path) -> None:
    array = np.random.default_rng(0).normal(100, 20, (18, 21, 5)).astype(np.float32)
    write_image(path, array, affine_of("LAS", (1, 1, 3), tilt=0.2))


def test_a_model_folder_that_was_copied_elsewhere_is_enough(tmp_path):
    there, elsewhere = write_model(tmp_path / "there"), tmp_path / "elsewhere"
    shutil.copytree(there, elsewhere / "model")
    shutil.rmtree(there)
    write_scan(elsewhere / "scan.nii.gz")
    done = segrepro("predict", "--model", "model", "scan.nii.gz", "-o", "mask.nii.gz", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert re.search(r"mask\.nii\.gz: lesion [\d.]+ ml", done.stdout)
    assert read_image(elsewhere / "mask.nii.gz").array.shape == (18, 21, 5)
    printed = segrepro("info", "--model", "model/model.safetensors", cwd=elsewhere).stdout
    for part in ("network:", "unet (base_width 4)", "t1; volumes", "synthetic scans", "0.6123", "Apache-2.0"):
        assert part in printed


def test_a_refusal_is_one_line_and_exit_code_2(tmp_path):
    model = write_model(tmp_path / "model")
    write_image(tmp_path / "series.nii.gz", np.zeros((18, 21, 5, 4), np.int16), affine_of("LAS", (1, 1, 3)))
    write_scan(tmp_path / "good.nii.gz")
    for arguments in (
        ["predict", "--model", model, "series.nii.gz", "-o", "out/mask.nii.gz"],
        ["predict", "--model", tmp_path / "none", "series.nii.gz", "-o", "out/mask.nii.gz"],
        ["predict", "--model", model, "-o", "out"],
        ["predict", "--model", model, "missing.nii.gz", "-o", "out"],
        ["predict", "--model", model, "series.nii.gz", "-o", "out", "--device", "cuda"],
        ["info", "--model", tmp_path / "none"],
        ["predict", "--model", model, "good.nii.gz", "-o", "series.nii.gz/mask.nii.gz"],
        ["status"],
    ):
        done = segrepro(*arguments, cwd=tmp_path, CUDA_VISIBLE_DEVICES="")
        assert done.returncode == 2, done.stdout + done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stderr.startswith("segrepro: ")
        assert not (tmp_path / "out").exists()


MEMORY = """
import re, sys
from pathlib import Path
sys.argv = ["segrepro", *sys.argv[1:]]
from segrepro.cli.main import main
try:
    main()
finally:
    # getrusage would count in what the process had that started this one.
    print("PEAK", 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]))
"""


def peak_of_predict(folder: Path, shape: tuple[int, int, int], *options: str, **network) -> int:
    """Peak memory, in bytes, of segmenting a head of 1 mm."""
    model = write_model(folder / "model", size=(224, 192), spacing=(1, 1, 1), **network)
    array = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    write_image(folder / "head.nii.gz", array, affine_of("RAS", (1, 1, 1)))
    command = [sys.executable, "-c", MEMORY, "predict", "--model", model, folder / "head.nii.gz"]
    command += ["-o", folder / "mask.nii.gz", "--probabilities", "--device", "cpu", *options]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert read_image(folder / "mask.nii.gz").array.shape == shape
    return int(re.search(r"PEAK (\d+)", done.stdout)[1])


def test_a_whole_head_of_1_mm_takes_less_than_2_gb(tmp_path):
    # What slices take grows with their number, what X-Net takes does not: the sum is more than both at once.
    slices = peak_of_predict(tmp_path / "slices", (189, 233, 197), "--tta")
    network = peak_of_predict(tmp_path / "network", (189, 233, 4), network="xnet", width=64)
    assert slices + network < 2e9

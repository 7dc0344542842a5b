"""`segrepro predict` with a model that was copied elsewhere, and its memory."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from segrepro.images.io import read_image, write_image
from segrepro.utils.repository import REPOSITORY
from tests.cli.commands import segrepro, write_scan
from tests.models import write_model
from tests.scans import affine_of


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

"""The command line in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from segrepro.images.io import write_image
from segrepro.utils.repository import REPOSITORY
from tests.scans import affine_of


def segrepro(*arguments, cwd, **environment) -> subprocess.CompletedProcess:
    code = "from segrepro.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"} | environment,
    )


def write_scan(path: Path) -> None:
    array = np.random.default_rng(0).normal(100, 20, (18, 21, 5)).astype(np.float32)
    write_image(path, array, affine_of("LAS", (1, 1, 3), tilt=0.2))

"""What `python -m build` makes: it passes twine's check, and works outside of the repository."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from segrepro import __version__
from segrepro.images.io import write_image
from segrepro.utils.repository import REPOSITORY
from tests.models import write_model
from tests.scans import affine_of, write_slices

TRACKED = [
    "segrepro",
    "studies",
    "published",
    "rules",
    "workflow_scripts",
    "pyproject.toml",
    "setup.py",
    "README.md",
    "LICENSE",
]


def make_dist(folder: Path) -> Path:
    """A folder with the wheel and the source distribution, made from a copy without anything that lies beside."""
    source, output = folder / "source", folder / "dist"
    source.mkdir()
    for name in TRACKED:
        path = REPOSITORY / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", output, source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return output


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return make_dist(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The wheel as it lies in site-packages."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder)
    return folder


def run(installed, *arguments, cwd, code: int = 0) -> str:
    environment = os.environ | {"PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"}
    program = "from segrepro.cli.main import main; main()"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_wheel_and_source_pass_the_check_of_the_registry(built):
    files = sorted(built.iterdir())
    assert [file.name for file in files] == [
        f"segrepro-{__version__}-py3-none-any.whl",
        f"segrepro-{__version__}.tar.gz",
    ]
    done = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], capture_output=True, text=True)
    assert done.stdout.count("PASSED") == 2, done.stdout + done.stderr


def test_the_source_holds_what_the_wheel_is_made_from(built):
    with tarfile.open(built / f"segrepro-{__version__}.tar.gz") as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {"studies/xnet.yaml", "published/xnet_table2_comparison.csv", "segrepro/cli/main.py"} <= names


def test_studies_and_published_numbers_are_inside(installed, tmp_path):
    listed = run(installed, "studies", cwd=tmp_path)
    assert [line.split()[0] for line in listed.splitlines()] == sorted(
        path.stem for path in REPOSITORY.glob("studies/*.yaml")
    )
    assert "0.4702" in run(installed, "studies", "xnet", cwd=tmp_path)


def test_its_commands_work_outside_of_the_repository(installed, tmp_path):
    model = write_model(tmp_path / "model")
    scan = np.random.default_rng(0).normal(100, 20, (18, 21, 5)).astype(np.float32)
    write_image(tmp_path / "scan.nii.gz", scan, affine_of("LAS", (1, 1, 3)))
    write_slices(tmp_path / "slices", [f"patient{number}" for number in range(8)])
    masks = tmp_path / "slices/masks"
    assert run(installed, "--version", cwd=tmp_path) == f"segrepro {__version__}\n"
    run(installed, "check", "slices", "--layout", "slices", "--labels", "255", cwd=tmp_path)
    run(installed, "predict", "--model", model, "scan.nii.gz", "-o", "mask.nii.gz", cwd=tmp_path)
    run(installed, "info", "--model", model, cwd=tmp_path)
    assert run(installed, "card", model, cwd=tmp_path).startswith("---")
    run(installed, "volumes", masks, "-o", "volumes.csv", cwd=tmp_path)
    assert "8 cases of 8 patients" in run(installed, "fingerprint", "slices", "-o", "fingerprint", cwd=tmp_path)
    run(installed, "new-study", "mine", "--data", "slices", cwd=tmp_path)
    assert (tmp_path / "studies/mine.yaml").exists()
    assert "mine" in run(installed, "studies", cwd=tmp_path)
    run(installed, "new-study", "train_model", "--data", "slices", cwd=tmp_path, code=2)  # the name of a rule
    run(installed, "evaluate", "--prediction", masks, "--reference", masks, "--output", "scores.csv", cwd=tmp_path)
    assert "dice" in run(installed, "compare", "scores.csv", "scores.csv", cwd=tmp_path)
    assert (tmp_path / "mask-overlay.png").exists()

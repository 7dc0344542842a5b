"""What an install brings: the library alone is small and works alone; nothing is installed that nothing imports."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from segrepro.images.io import write_image
from segrepro.utils.repository import REPOSITORY
from tests.models import write_model
from tests.scans import affine_of, write_slices

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
# What the extra `workflow` installs is imported here and nowhere else; `[core]` stands for the rest of segrepro/.
WORKFLOW = (
    "segrepro/workflow",
    "segrepro/report",
    "segrepro/datasets/download",
    "segrepro/datasets/fingerprint/show.py",  # the picture that `segrepro fingerprint -o` adds
    "segrepro/utils/plot_style.py",
)
# The files that import what another extra brings.
OTHERS = {
    "dicom": ("segrepro/inference/dicom_segmentation.py",),
    "export": ("segrepro/report/model_export/onnx.py",),
}
PLUGINS = {"snakemake-executor-plugin-slurm"}  # Snakemake finds it by name
# Of extras that a machine may lack: a row of nnU-Net, curves in MLflow.
OPTIONAL = {"nnunetv2", "mlflow"}
# On the systems that have one, instead of the other.
SYSTEMS = {"portalocker", "diplib", "scikit-image"}


def named(requirements: list[str]) -> set[str]:
    """The distributions that a list of requirements names itself."""
    return {canonicalize_name(Requirement(text).name) for text in requirements} - {"segrepro"}


@cache
def brought(name: str, extras: frozenset[str] = frozenset()) -> frozenset[str]:
    """A distribution and all that it brings on this system, by the metadata of what is installed."""
    found = {canonicalize_name(name)}
    for requirement in map(Requirement, requires(name) or []):
        environments = [{"extra": extra} for extra in ("", *extras)]
        if requirement.marker is None or any(requirement.marker.evaluate(one) for one in environments):
            found |= brought(requirement.name, frozenset(requirement.extras))
    return frozenset(found)


def core() -> set[str]:
    """Everything that `pip install segrepro` brings on this system."""
    asked = [Requirement(text) for text in PROJECT["dependencies"]]
    here = [item for item in asked if item.marker is None or item.marker.evaluate()]
    return {name for item in here for name in brought(item.name, frozenset(item.extras))}


def others() -> set[str]:
    """What can be imported here although the library alone does not bring it."""
    here = core() | {"segrepro"}
    return {
        top for top, names in packages_distributions().items() if not {canonicalize_name(name) for name in names} & here
    }


def installed() -> set[str]:
    """Every distribution that is installed here and can be imported."""
    return {canonicalize_name(name) for names in packages_distributions().values() for name in names}


def imported(paths: list[Path]) -> set[str]:
    """The distributions that these files import, in functions too."""
    tops = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                tops |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                tops.add(node.module.partition(".")[0])
    where = packages_distributions()
    others = tops - set(sys.stdlib_module_names) - {"segrepro", "workflow_scripts"} - OPTIONAL
    return {canonicalize_name(name) for top in others for name in where[top]}


def files(workflow: bool) -> list[Path]:
    """The library's files that belong to the workflow, or all the others."""
    found = []
    for path in REPOSITORY.glob("segrepro/**/*.py"):
        name = path.relative_to(REPOSITORY).as_posix()
        if name not in chain(*OTHERS.values()) and name.startswith(WORKFLOW) == workflow:
            found.append(path)
    return found + list(REPOSITORY.glob("workflow_scripts/*.py")) * workflow


def test_the_library_alone_is_fewer_than_30_packages_beside_torch():
    assert len(core() - brought("torch")) < 30


def test_the_library_alone_imports_what_it_installs():
    asked = named(PROJECT["dependencies"])
    assert imported(files(workflow=False)) - SYSTEMS == asked - SYSTEMS


def test_the_workflow_imports_what_it_installs_beside_the_library():
    beside = imported(files(workflow=True)) | {"snakemake"} - named(PROJECT["dependencies"])
    workflow = named(EXTRAS["workflow"])
    assert beside - named(PROJECT["dependencies"]) - {"markupsafe"} == workflow - PLUGINS  # jinja2 brings markupsafe


@pytest.mark.parametrize("extra", OTHERS)
def test_an_extra_brings_what_its_files_import(extra):
    paths, missing = [REPOSITORY / name for name in OTHERS[extra]], named(EXTRAS[extra]) - installed()
    if missing:
        pytest.skip(f"not installed: {', '.join(sorted(missing))}")
    assert imported(paths) - named(PROJECT["dependencies"]) == named(EXTRAS[extra])


ALONE = f"""
import sys
from importlib.abc import MetaPathFinder
class NotInstalled(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {others()!r}:
            raise ModuleNotFoundError(f"{{name}} is not installed", name=name)
sys.meta_path.insert(0, NotInstalled())
sys.argv[0] = "segrepro"
from segrepro.cli.main import main
main()
"""


def alone(*arguments, cwd: Path) -> subprocess.CompletedProcess:
    """`segrepro` with nothing to import but what the library brings, outside of the repository."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", ALONE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def test_the_commands_work_without_the_workflows_packages(tmp_path):
    model = write_model(tmp_path / "model")
    scan = np.random.default_rng(0).normal(100, 20, (18, 21, 5)).astype(np.float32)
    write_image(tmp_path / "scan.nii.gz", scan, affine_of("LAS", (1, 1, 3)))
    write_slices(tmp_path / "slices", ["p1_01", "p2_01"])
    masks = tmp_path / "slices/masks"
    for arguments, code in (
        (["check", "slices", "--layout", "slices", "--labels", "255"], 0),
        (["predict", "--model", model, "scan.nii.gz", "-o", "mask.nii.gz"], 0),
        (["info", "--model", model], 0),
        (["evaluate", "--prediction", masks, "--reference", masks, "--output", "scores.csv"], 0),
        (["compare", "scores.csv", "scores.csv"], 0),
        (["status"], 2),  # no run here, and it says so
    ):
        done = alone(*arguments, cwd=tmp_path)
        assert done.returncode == code, (arguments, done.stdout + done.stderr)
        assert "not installed" not in done.stderr
    assert (tmp_path / "mask-overlay.png").exists()


def test_what_needs_an_extra_says_which(tmp_path):
    write_slices(tmp_path / "slices", ["p1_01", "p2_01"])
    done = alone("fingerprint", "slices", "-o", "out", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.splitlines()[-1].endswith("Install it: pip install 'segrepro[workflow]'.")
    assert "Traceback" not in done.stderr


def test_what_is_hidden_is_hidden(tmp_path):
    code = ALONE.replace("from segrepro.cli.main import main\nmain()", "import snakemake")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "snakemake is not installed" in done.stderr


def locked() -> dict[str, list[Requirement]]:
    """The pins of constraints.txt by name; several where they depend on the Python."""
    pins: dict[str, list[Requirement]] = {}
    for line in (REPOSITORY / "constraints.txt").read_text().splitlines():
        pins.setdefault(Requirement(line).name, []).append(Requirement(line))
    return pins


def test_the_lock_has_every_package_at_one_version():
    pins = locked()
    asked = named(PROJECT["dependencies"]) | set().union(*map(named, EXTRAS.values()))
    assert asked <= set(pins)
    assert all(re.fullmatch(r"==[^,*]+", str(pin.specifier)) for found in pins.values() for pin in found)


def test_the_lock_has_the_libraries_of_a_gpu():
    """Those that torch asks for where it comes with CUDA; here it may have come without."""
    assert len([name for name in locked() if name.startswith("nvidia-")]) >= 15
    assert "triton" in locked()


@pytest.mark.parametrize("environment", sorted(REPOSITORY.glob("envs/*.yaml")), ids=lambda path: path.stem)
def test_conda_environments_have_the_versions_of_the_lock(environment):
    content = yaml.safe_load(environment.read_text())
    (pinned,) = [item["pip"] for item in content["dependencies"] if isinstance(item, dict)]
    pins = locked()
    assert [str(Requirement(pin).specifier) for pin in pinned] == [
        str(pins[Requirement(pin).name][-1].specifier) for pin in pinned
    ]

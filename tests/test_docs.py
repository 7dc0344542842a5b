"""The documents: every command in them runs, every link and page exists.

Commands that would train for minutes or days are planned here; the same targets run, at demo scale or smaller, in
tests/workflow, tests/reliability and tests/report.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
import pytest
import yaml
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.phantoms._dicom import place, write_series
from segrepro.datasets.replicas import write_replica
from segrepro.images.io import write_image
from segrepro.utils.repository import REPOSITORY
from tests.models import write_model
from tests.report.evidence.small_study import make_study
from tests.scans import SMALL_PHANTOMS, affine_of, write_slices
from tests.workflow.monitor.test_status import happen, job, write_run

DOCS = sorted([*REPOSITORY.glob("docs/*.md"), REPOSITORY / "README.md"])
STAND_INS = {
    "/path/to/ATLAS_R1.1": "atlas",
    "/path/to/data": "atlas",
    "/path/to/folder": "lesions",
    "/path/to/pictures": "isic2017",
    "/scans/lesions": "lesions",
    "/scans/organs": "organs",
}

# What is added to the --config of an example, so that it ends soon.
SHORTER = {
    "soop": ['experiments=["xnet"]', 'overrides={"xnet": {"recipe": {"epochs": 1}, "folds": {"count": 2}}}'],
    "isic2017": ['experiments=["unet28"]', 'overrides={"hlenet": {"recipe": {"epochs": 1}}}'],
}


def commands_in(text: str, program: str) -> list[str]:
    """The commands in code blocks and in back quotes, without comments, lines that go on joined."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL).replace("\n", " "))
    stripped = [line.partition(" #")[0].strip() for line in lines]
    return [line for line in stripped if re.match(rf"(\S*/)?{program} \S", line) and "..." not in line]


def all_commands(program: str) -> list[str]:
    pages = [page for page in DOCS if page.name != "own-study.md"]  # tests/test_own_study.py runs its commands
    return list(dict.fromkeys(line for page in pages for line in commands_in(page.read_text(), program)))


@pytest.fixture(scope="module")
def user(tmp_path_factory):
    """A folder as a user of the documents has it: config, profiles, own scans and pictures, trained models."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copy(REPOSITORY / "config.yaml", folder)
    shutil.copytree(REPOSITORY / "examples", folder / "examples")
    for name in ("slurm", "mine"):
        shutil.copytree(REPOSITORY / "profiles/slurm", folder / "profiles" / name)
    write_phantom("atlas", folder / "atlas", patients=5, shape=[40, 48, 20], spacing_mm=[4.5, 4.5, 9])
    write_replica("atlas", folder / "replica", shrink=24, cases=3)
    write_slices(folder / "lesions", [f"patient{number}" for number in range(10)])
    write_phantom("isic2017", folder / "isic2017", **SMALL_PHANTOMS["isic2017"] | {"patients": 12})
    write_slices(folder / "organs", [f"patient{number}" for number in range(10)], value=2)
    shutil.copytree(make_study(folder / "made"), folder / "results/xnet")
    for fold in (0, 1):
        write_model(folder / f"results/xnet/xnet/fold{fold}", seed=fold)
    write_model(folder / "results/wmh/fcn/fold0", channel=["flair", "t1"])
    rng = np.random.default_rng(0)
    volume = rng.integers(0, 255, (18, 21, 5), dtype=np.uint8)
    names = ("scan", "scans/a", "more/b_T1w", "FLAIR", "T1", "work/phantoms/atlas-1/Site1/s1/t01/s1_t1w_deface_stx")
    for name in names:
        write_image(folder / f"{name}.nii.gz", volume, affine_of("LAS", (1, 1, 3)))
    write_run(folder, [job("train_model", 0)])
    happen(folder, "done")
    write_scores(folder)
    placement = place(rng, 0, volume.shape, (1, 1, 3))
    write_series(folder / "dicom/patient7/series3", volume, placement, "slice{}".format, "7")
    for path in (folder / "dicom/patient7/series3").iterdir():
        data = pydicom.dcmread(path)
        data.FrameOfReferenceUID = "1.2.3.4"  # which a phantom lacks, and `--dicom-seg` needs
        data.save_as(path)
    return folder


def write_scores(folder: Path) -> None:
    """The score file of a study: two networks, trained from three seeds each, on ten patients."""
    cases = [f"patient{number}" for number in range(10)]
    rows = [(name, seed, case, case) for name in ("unet", "xnet") for seed in range(3) for case in cases]
    frame = pd.DataFrame(rows, columns=["experiment", "seed", "case", "patient"])
    scores = np.random.default_rng(0).random((2, len(frame)))
    frame.assign(dice=scores[0], recall=scores[1]).to_csv(folder / "scores.csv", index=False)


def in_place(line: str, folder: Path) -> str:
    """The command with stand-ins for the paths that only an example has."""
    for written, real in STAND_INS.items():
        line = line.replace(written, str(folder / real))
    return line


def test_wrong_commands_would_be_seen(user):
    for wrong in ("predict --modle a scan.nii.gz -o b", "info a", "check scans --layout slcies"):
        assert CliRunner().invoke(app, shlex.split(wrong)).exit_code


@pytest.mark.parametrize("line", all_commands("segrepro"))
def test_every_segrepro_command_runs(user, line, monkeypatch):
    monkeypatch.chdir(user)
    program, name, *arguments = shlex.split(in_place(line, user))
    if not arguments and name != "status":
        pytest.skip("a name in a sentence")
    if "-o" in arguments:
        output = Path(arguments[arguments.index("-o") + 1])
        shutil.rmtree(output, ignore_errors=True)
        output.unlink(missing_ok=True)
    done = CliRunner().invoke(app, [name, *arguments])
    assert done.exit_code == 0, done.output
    if name == "predict":
        assert output.exists()


def snakemake(folder: Path, line: str, *more: str) -> None:
    """Run a command of the documents in `folder` with more arguments; it must succeed."""
    arguments = shlex.split(in_place(line, folder))[1:]
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    if "--workflow-profile" not in arguments:
        command += ["--workflow-profile", REPOSITORY / "profiles/default"]
    done = subprocess.run([*command, *arguments, *more], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.workflow
@pytest.mark.parametrize("line", all_commands("snakemake"))
def test_every_snakemake_command_can_be_planned(user, line):
    snakemake(user, line, "-n", "--quiet", "all")


@pytest.mark.workflow
@pytest.mark.parametrize("example", SHORTER)
def test_the_examples_run_on_ones_own_pictures(user, example):
    """What the other commands plan is run by the tests of the workflow, on phantoms at demo scale."""
    (line,) = [line for line in all_commands("snakemake") if f"examples/{example}.yaml" in line]
    snakemake(user, line, *SHORTER[example])
    assert "phantom" not in (user / f"results/{example}/report/index.html").read_text().lower()


@pytest.mark.parametrize("line", [*all_commands("make"), "make docs", "make audit", "make clean"])
def test_every_make_target_can_be_planned(line):
    done = subprocess.run([*shlex.split(line), "-n"], capture_output=True, text=True, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr


# One process for all: to load torch takes longer than the rest.
HELP = """
import runpy, sys
for script in sys.argv[1:]:
    sys.argv, sys.path[0] = [script, "--help"], "benchmarks"
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        assert not end.code, script
"""


def test_every_benchmark_starts():
    named = [shlex.split(line)[1] for line in all_commands("python")]
    scripts = [name for name in named if name.startswith("benchmarks/")]
    assert len(scripts) > 10
    command = [sys.executable, "-c", HELP, *scripts]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    assert [name for name in scripts if f"usage: {Path(name).name}" not in done.stdout] == []


def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("mkdocstrings", reason="the library's pages are made by mkdocstrings, which is not installed")
    shutil.copytree(REPOSITORY / "docs", tmp_path / "docs")
    shutil.copy(REPOSITORY / "mkdocs.yml", tmp_path)
    build = [Path(sys.executable).parent / "zensical", "build", "--clean", "--strict"]
    done = subprocess.run(build, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'href="commands.html"' in (tmp_path / "site/index.html").read_text()  # a file, which opens from disk
    metrics = (tmp_path / "site/api/evaluation.html").read_text()
    assert 'id="segrepro.evaluation.metrics.segmentation.segmentation_metrics"' in metrics
    assert "<blockquote>" not in metrics  # what Markdown makes of the examples in docstrings


# What a notebook says at its end.
TUTORIALS = {"own-network": "'dice': 0.", "compare-masks": "a difference is shown", "study-results": "'holds'"}


@pytest.mark.parametrize("path", sorted((REPOSITORY / "docs/tutorials").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_tutorials_run(user, path):
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run by nbclient, which is not installed")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(user)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    assert TUTORIALS[path.stem] in said[-1]


def test_the_site_names_only_pages_that_exist_and_every_page():
    site = yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text())
    pages = [page for entry in site["nav"] for page in pages_in(entry)]
    docs = REPOSITORY / "docs"
    assert sorted(pages) == sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.md"))


def test_every_room_of_the_library_has_its_page():
    rooms = {path.parent.name for path in (REPOSITORY / "segrepro").glob("*/__init__.py")}
    assert {path.stem for path in (REPOSITORY / "docs/api").glob("*.md")} == rooms - {"cli", "workflow", "utils"}


def pages_in(entry) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    return [page for value in entry.values() for part in ([value] if isinstance(value, str) else value)
            for page in pages_in(part)]  # fmt: skip


def test_links_between_pages_lead_somewhere():
    for page in DOCS:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"

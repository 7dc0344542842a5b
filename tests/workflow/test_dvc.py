"""DVC around the workflow: versions move, nothing is made twice and nothing stale is taken for current."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from segrepro.datasets.phantoms import write_phantom
from segrepro.utils.repository import REPOSITORY
from tests.test_docs import commands_in

pytestmark = pytest.mark.workflow
PARTS = ["Snakefile", "config.yaml", "dvc.yaml", ".dvcignore", ".gitignore", ".dvc/.gitignore", ".dvc/config"]
PARTS += [".dvc/plots", "rules", "profiles", "schemas", "studies", "published", "envs", "data/xnet/.gitkeep"]
PARTS += ["segrepro", "workflow", "workflow_scripts"]
GRID = {"shape": [50, 59, 8], "spacing_mm": [4.0, 4.0, 24.0]}
PHANTOM = {"patients": 6, "two_timepoints": 0, "sites": 3, "seed": 0} | GRID
TINY = {"folds": {"count": 2, "test_fraction": None}, "recipe": {"epochs": 1}}
STUDIES = sorted(path.stem for path in REPOSITORY.glob("studies/*.yaml"))
NOTHING = "Nothing to be done"
BIN = str(Path(sys.executable).parent)


def copy_of_the_repository(folder: Path, config: dict, parts: list[str] = PARTS) -> Path:
    """What a clone holds, with other values in config.yaml and a pipeline of xnet alone."""
    for part in parts:
        source, target = REPOSITORY / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    base = yaml.safe_load((folder / "config.yaml").read_text())
    (folder / "config.yaml").write_text(yaml.safe_dump(base | config))
    if "dvc.yaml" in parts:
        text, count = re.subn(r"foreach: \[.*\]", "foreach: [xnet]", (folder / "dvc.yaml").read_text())
        assert count == 1
        (folder / "dvc.yaml").write_text(text)
    return folder


def run(folder: Path, line: str, *more: str | Path, code: int = 0, path: str = BIN) -> str:
    """Run a command in `folder`; what it printed."""
    own = {"PATH": f"{path}:{os.environ['PATH']}", "DVC_SITE_CACHE_DIR": str(folder / ".dvc/tmp/site")}
    own |= {
        "PYTHONPATH": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "OMP_NUM_THREADS": "1",
    }
    command = [*line.split(), *more]
    done = subprocess.run(command, cwd=folder, env=os.environ | own, capture_output=True, text=True)
    assert done.returncode == code, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def keep(folder: Path, message: str) -> None:
    run(folder, "git add -A")
    run(folder, "git commit -q -m", message)


def planned(folder: Path) -> str:
    """What Snakemake would do for the study."""
    return run(folder, "snakemake -n --quiet rules -- xnet")


def is_clean(folder: Path) -> bool:
    return "up to date" in run(folder, "dvc status")


def set_epochs(folder: Path, epochs: int) -> None:
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(re.sub(r"epochs: \d+", f"epochs: {epochs}", text))


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A clone in which raw scans are versioned, xnet was run with plain Snakemake, and `dvc commit` took it over."""
    folder = tmp_path_factory.mktemp("dvc") / "finished"
    config = {"experiments": ["xnet"], "overrides": {"xnet": TINY}, "data": {"atlas": "data/xnet/atlas"}}
    copy_of_the_repository(folder, config)
    run(folder, "git init -q")
    run(folder, "git config user.name Somebody")
    run(folder, "git config user.email somebody@example.org")
    write_phantom("atlas", folder / "data/xnet/atlas", **PHANTOM)
    run(folder, "dvc add data/xnet/atlas")
    keep(folder, "Raw scans")
    run(folder, "snakemake --cores 2 --resources gpu=1 --quiet all -- xnet")
    run(folder, "dvc commit -f")
    keep(folder, "A finished study")
    return folder


@pytest.fixture
def clone(finished, tmp_path) -> Path:
    """A copy of the finished clone, with its work folder and times, to do things to."""
    return Path(shutil.copytree(finished, tmp_path / "clone", symlinks=True))


def test_every_study_has_its_stage_folder_metrics_and_plots():
    pipeline = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text())
    assert sorted(pipeline["stages"]["study"]["foreach"]) == STUDIES
    assert sorted(pipeline["metrics"]) == [f"results/{study}/tables/metrics.json" for study in STUDIES]
    plots = sorted(path for plot in pipeline["plots"] for path in plot)
    files = ("figures/curves.csv", "tables/scores.csv")
    assert plots == [f"results/{study}/{file}" for study in STUDIES for file in files]
    assert all((REPOSITORY / "data" / study).is_dir() for study in STUDIES)


def test_a_stage_depends_on_every_key_that_changes_results():
    from segrepro.workflow.config.config import Config

    stage = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text())["stages"]["study"]["do"]
    elsewhere = {"studies", "results", "work", "copy_to_scratch", "track", "track_uri", "gpu_slots"}
    assert set(stage["params"][0]["config.yaml"]) == set(Config.model_fields) - elsewhere


def words_of(path: Path) -> list[str]:
    """The names and texts of a Python file that can do something: no comments, no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in alone]
    names = [getattr(node, "name", None) for node in ast.walk(tree) if isinstance(node, ast.alias)]
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [word for word in (*texts, *names, *modules) if isinstance(word, str)]


def test_no_job_calls_dvc():
    for path in [
        REPOSITORY / "workflow/Snakefile",
        *REPOSITORY.glob("rules/*.smk"),
        *REPOSITORY.glob("profiles/*/*.yaml"),
    ]:
        assert "dvc" not in path.read_text().lower(), path
    for path in [*REPOSITORY.glob("workflow_scripts/*.py"), *REPOSITORY.glob("segrepro/**/*.py")]:
        assert not [word for word in words_of(path) if re.search(r"\bdvc\b", word)], path


def test_without_git_and_dvc_snakemake_runs_alone(tmp_path):
    parts = [part for part in PARTS if "dvc" not in part and "git" not in part]
    phantom = {"datasets": {"atlas": {"phantom": {"patients": 6} | GRID}}}
    config = {"experiments": ["threshold"], "overrides": {"xnet": TINY | phantom}}
    folder = copy_of_the_repository(tmp_path / "plain", config, parts)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "bin/git").chmod(0o755)
    run(folder, "snakemake --cores 2 --quiet all -- xnet", path=f"{tmp_path / 'bin'}:{BIN}")
    assert (folder / "results/xnet/tables/table2.md").exists()
    commits = {json.loads(line)["commit"] for line in (folder / "logs/records.jsonl").read_text().splitlines()}
    assert commits == {"unknown"}
    assert not [path for path in folder.iterdir() if "dvc" in path.name]


def test_a_plain_run_is_taken_over_by_commit(finished):
    assert is_clean(finished)
    assert "didn't change, skipping" in run(finished, "dvc repro")
    assert run(finished, "git status --porcelain") == ""
    assert run(finished, "git ls-files results work data/xnet/atlas") == ""
    assert NOTHING in planned(finished)


def test_metrics_and_plots_show_the_study(finished):
    shown = json.loads(run(finished, "dvc metrics show --json").partition("\n")[0])
    table = shown[""]["data"]["results/xnet/tables/metrics.json"]["data"]["table2"]
    tables = json.loads((finished / "results/xnet/tables/tables.json").read_text())["tables"]
    cells = next(row["cells"] for row in tables[1]["rows"] if row["experiment"] == "xnet")
    assert {"dice", "iou", "precision", "recall"} <= set(table["xnet"])
    assert table["xnet"]["dice"] == cells["dice"]["mean"]
    plots = json.loads(run(finished, "dvc plots show --json").partition("\n")[0])["data"]
    for file, column in (("tables/scores.csv", "experiment"), ("figures/curves.csv", "run")):
        (plot,) = plots[f"results/xnet/{file}"]
        rows = plot["content"]["data"]["values"]
        assert {row[column] for row in rows} == {"xnet"}
    run(finished, "dvc plots show -o", finished.parent / "plots")
    assert "xnet: Dice by case" in (finished.parent / "plots/index.html").read_text()


@pytest.mark.parametrize("words", ["dvc checkout", "dvc checkout --relink"])
def test_snakemake_makes_nothing_again_after_a_checkout(clone, words):
    if "relink" not in words:
        shutil.rmtree(clone / "results/xnet")
        shutil.rmtree(clone / "data/xnet/atlas")
    run(clone, words)
    assert (clone / "results/xnet/xnet/fold0/model.safetensors").exists()
    assert NOTHING in planned(clone)
    assert is_clean(clone)


def test_changed_code_that_changes_no_result_trains_nothing(clone):
    with (clone / "rules/train.smk").open("a") as file:
        file.write("# a remark\n")
    assert not is_clean(clone)
    assert NOTHING in run(clone, "dvc repro")
    assert is_clean(clone)
    assert NOTHING in planned(clone)


def test_a_finished_study_moves_to_a_second_clone(clone, tmp_path):
    run(clone, "dvc remote add -d shelf", tmp_path / "shelf")
    keep(clone, "A remote")
    run(clone, "dvc push")
    second = tmp_path / "second"
    run(tmp_path, "git clone -q", clone, second)
    assert not (second / "results").exists()
    run(second, "dvc pull")
    assert is_clean(second)
    assert "didn't change, skipping" in run(second, "dvc repro")
    assert NOTHING in planned(second)
    assert run(second, "git status --porcelain") == ""
    scan = next(second.glob("data/xnet/atlas/**/*t1w*.nii.gz"))
    run(second, "segrepro predict --model results/xnet/xnet/fold0", scan, "-o", "mask.nii.gz")
    assert (second / "mask.nii.gz").stat().st_size > 0
    # Snakemake has no record of the files that came: only their settings tell that others are wanted now.
    set_epochs(second, 2)
    assert "train_model" in planned(second)
    set_epochs(second, 1)
    assert NOTHING in planned(second)


def test_an_experiment_changes_one_setting_and_can_be_left_again(clone):
    before = (clone / "results/xnet/tables/tables.json").read_bytes()
    said = run(clone, "dvc exp run -n longer -S config.yaml:overrides.xnet.recipe.epochs=2")
    assert "Rule: train_model" in said
    assert "Rule: prepare_cases" not in said
    assert is_clean(clone)
    assert NOTHING in planned(clone)
    assert "table2.xnet.dice" in run(clone, "dvc metrics diff HEAD")
    assert "overrides.xnet.recipe.epochs" in run(clone, "dvc params diff HEAD")
    assert "longer" in run(clone, "dvc exp show --only-changed --md")
    run(clone, "git checkout -q .")
    run(clone, "dvc checkout")
    assert (clone / "results/xnet/tables/tables.json").read_bytes() == before
    assert is_clean(clone)
    assert "train_model" not in planned(clone)


# One process for all: a start of DVC takes longer than most of its commands.
COMMANDS = """
import shlex, sys
from dvc.cli import main
for line in sys.stdin:
    print(line, end="", flush=True)
    if main(shlex.split(line)[1:]):
        sys.exit(line)
"""
INSTEAD = {"/mnt/shelf": "shelf", "repro": "repro --dry", "exp run": "exp run --dry", "gc": "gc --force"}


def test_the_commands_of_the_page_run_one_after_the_other(tmp_path):
    """With the shipped config, whose overrides are empty, and a study of three small files in place of a run."""
    lines = commands_in((REPOSITORY / "docs/dvc.md").read_text(), "dvc")
    assert len(lines) > 15
    folder = copy_of_the_repository(tmp_path / "clone", {})
    results = folder / "results/xnet"
    for name, text in (
        ("tables/metrics.json", '{"table2": {"xnet": {"dice": 0.5}}}'),
        ("tables/scores.csv", "experiment,dice\nxnet,0.5\n"),
        ("figures/curves.csv", "run,epoch,train_loss\nxnet,1,0.5\n"),
    ):
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_text(text)
    (folder / "data/xnet/atlas").mkdir()
    (folder / "data/xnet/atlas/scan.nii.gz").write_bytes(b"a scan")
    run(folder, "git init -q")
    run(folder, "git config user.name Somebody")
    run(folder, "git config user.email somebody@example.org")
    keep(folder, "Everything")
    text = "".join(f"{line}\n" for line in lines)
    for written, here in INSTEAD.items():
        text = text.replace(f" {written}", f" {here}")
    (folder / "commands").write_text(text)
    run(folder, "bash -c", f"{sys.executable} -c '{COMMANDS}' < commands")

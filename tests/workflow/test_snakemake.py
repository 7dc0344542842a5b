"""The workflow as a user starts it."""

import subprocess
import sys
from pathlib import Path

import pytest

from segrepro.utils.repository import REPOSITORY

pytestmark = pytest.mark.workflow
TINY = (
    'overrides={"xnet": {"datasets": {"atlas": {"phantom": {"patients": 6, "shape": [50, 59, 8],'
    ' "spacing_mm": [4, 4, 24]}}}, "folds": {"count": 2, "test_fraction": null},'
    ' "recipe": {"epochs": 1}}}'
)


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [Path(sys.executable).parent / "snakemake", "--cores", "2", "--resources", "gpu=1"]
    command += ["--snakefile", REPOSITORY / "Snakefile", "--directory", folder]
    command += ["--workflow-profile", REPOSITORY / "profiles/default"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=folder)


def refused(folder: Path, *arguments: str) -> str:
    """The one line that is said of bad input."""
    done = snakemake(folder, "-n", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (folder / "work").exists()
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("segrepro: ")]
    return line


@pytest.mark.parametrize("words", [["scael=demo"], ["data=/nowhere"], ["studies=xnte"]])
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, words):
    (tmp_path / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    assert "found" in refused(tmp_path, "--config", *words)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (b"scale: paper\n", "config.yaml: found the key 'scale' in lines "),
        ("# Köpfe\n".encode("latin-1"), "config.yaml: found bytes that are not UTF-8 in line "),
        (b"a: [1\n", "config.yaml: found text that is not YAML in line "),
    ],
)
def test_a_config_file_that_cannot_be_read_is_one_line(tmp_path, end, words):
    (tmp_path / "config.yaml").write_bytes((REPOSITORY / "config.yaml").read_bytes() + end)
    assert words in refused(tmp_path)


def test_a_small_study_from_scans_to_report_and_nothing_to_do_again(tmp_path):
    (tmp_path / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    experiments = 'experiments=["threshold","xnet"]'
    done = snakemake(tmp_path, "--config", TINY, experiments)
    assert done.returncode == 0, done.stdout + done.stderr
    tables = tmp_path / "results/xnet/tables"
    assert "15.1M" in (tables / "table2.md").read_text()
    assert {path.suffix for path in tables.glob("table1.*")} == {".csv", ".md", ".tex", ".html"}
    page = (tmp_path / "results/report/index.html").read_text()
    assert "Phantoms." in page
    assert "://" not in page
    assert (tmp_path / "results/xnet/xnet/fold0/model.safetensors").exists()
    again = snakemake(tmp_path, "--config", TINY, experiments)
    assert "Nothing to be done" in again.stdout + again.stderr
    told = snakemake(tmp_path, "--report", "snakemake.html", "--config", TINY, experiments)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "table2.csv" in (tmp_path / "snakemake.html").read_text()
    changed = snakemake(
        tmp_path, "-n", "--quiet", "rules", "--config", TINY.replace('"epochs": 1', '"epochs": 2'), experiments
    )
    assert "train_model" in changed.stdout
    assert "prepare_cases" not in changed.stdout


def test_a_users_own_network_stands_in_a_table(tmp_path):
    """As docs/add-a-network.md has it: a network and a loss of one's own, and one of MONAI."""
    import yaml

    pytest.importorskip("monai", reason="monai is not installed: pip install segrepro[dev]")
    code, _, loss, config = (REPOSITORY / "docs/add-a-network.md").read_text().split("```")[1::2]
    (tmp_path / "my_networks.py").write_text(code.removeprefix("python"))
    (tmp_path / "my_losses.py").write_text(loss.removeprefix("python"))
    tiny = yaml.safe_load(TINY.removeprefix("overrides="))["xnet"]
    overrides = {"xnet": yaml.safe_load(config.removeprefix("yaml"))["overrides"]["xnet"] | tiny}
    base = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    (tmp_path / "config.yaml").write_text(
        yaml.safe_dump(base | {"overrides": overrides, "experiments": ["xnet", "mine", "segresnet"]})
    )
    done = snakemake(tmp_path, "tables")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = (tmp_path / "results/xnet/tables/mine.md").read_text().splitlines()
    for name in ("mine", "segresnet"):
        (line,) = [row for row in rows if row.startswith(f"| {name} ")]
        assert "not run" not in line
    models = sorted((tmp_path / "work/runs").glob("mine-*/fold0"))
    assert [sorted(path.name for path in (model / "code").iterdir()) for model in models] == [
        ["my_losses.py", "my_networks.py"]
    ]
    assert (tmp_path / "results/xnet/mine/fold0/code/my_networks.py").exists() is False
    (tmp_path / "my_networks.py").write_text(code.removeprefix("python") + "\n# edited\n")
    changed = snakemake(tmp_path, "-n", "tables")
    planned = changed.stdout + changed.stderr
    assert "Training mine-" in planned
    assert "Training segresnet-" not in planned


def test_the_workflow_lints():
    done = subprocess.run(
        [Path(sys.executable).parent / "snakemake", "--lint"], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stdout + done.stderr

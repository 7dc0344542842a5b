"""What holds for the command as a whole: version, completion, exit codes, JSON."""

import json
import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from segrepro import __version__
from segrepro.cli import main as module
from segrepro.cli.main import app
from segrepro.images.io import write_image
from segrepro.utils.repository import REPOSITORY
from tests.cli.commands import segrepro, write_scan
from tests.models import write_model
from tests.scans import affine_of, write_slices
from tests.workflow.monitor.test_status import finish, job, write_run


def said(*arguments, code: int = 0) -> str:
    """What a command prints on stdout."""
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == code, done.output
    return done.stdout


def test_the_version():
    assert said("--version") == f"segrepro {__version__}\n"


def test_a_shells_completion_can_be_shown():
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'segrepro'; from segrepro.cli.main import main; main()"],
        capture_output=True,
        text=True,
        env=os.environ | {"_SEGREPRO_COMPLETE": "complete_bash", "COMP_WORDS": "segrepro ev", "COMP_CWORD": "1"},
    )
    assert done.stdout.strip() == "evaluate"


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["info"], 2), (["nothing"], 2)])
def test_exit_codes(monkeypatch, capsys, arguments, code):
    monkeypatch.setattr(sys, "argv", ["segrepro", *arguments])
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert ended.value.code == code


def test_the_page_of_commands_has_each_and_says_which_print_json():
    rows = re.findall(
        r"^\| `([a-z-]+)[^|]*\|[^|]*\|([^|]*)\|$", (REPOSITORY / "docs/commands.md").read_text(), re.MULTILINE
    )
    told = {name: bool(printed.strip()) for name, printed in rows}
    commands = get_command(app).commands
    assert told == {name: any("--json" in one.opts for one in command.params) for name, command in commands.items()}


def test_check_as_json(tmp_path):
    write_slices(tmp_path, ["p1_01", "p2_01"])
    sound = json.loads(said("check", tmp_path, "--layout", "slices", "--json"))
    told = ["a set of one's own in the layout slices: 2 cases"]
    assert sound == {"found": told, "cases": 2, "patients": 2, "faults": [], "notes": []}
    (tmp_path / "masks/p1_01.png").unlink()
    found = json.loads(said("check", tmp_path, "--layout", "slices", "--json", code=2))
    (fault,) = found["faults"]
    assert fault["case"] == "p1_01"
    assert set(fault) >= {"file", "found", "expected", "remedy"}


def test_info_as_json_is_the_models_card(tmp_path):
    model = write_model(tmp_path / "model")
    card = json.loads(said("info", "--model", model, "--json"))
    assert card == json.loads((tmp_path / "model/model.json").read_text())


def test_scores_and_comparisons_as_json(tmp_path):
    for folder, seed in (("truth", 0), ("masks", 1)):
        rng = np.random.default_rng(seed)
        for name in "abcdef":
            write_image(tmp_path / folder / f"{name}.png", rng.integers(0, 2, (9, 9), dtype=np.uint8), np.eye(4))
    write_image(tmp_path / "truth/g.png", np.zeros((9, 9), np.uint8), np.eye(4))
    write_image(tmp_path / "masks/g.png", np.ones((9, 9), np.uint8), np.eye(4))
    arguments = ["--prediction", tmp_path / "masks", "--reference", tmp_path / "truth", "--output", tmp_path / "s.csv"]
    found = json.loads(said("evaluate", *arguments, "--workers", "1", "--json"))
    assert [row["case"] for row in found["scores"]] == list("abcdefg")
    assert found["scores"][0]["dice"] == pytest.approx(0.5, abs=0.2)
    assert found["scores"][-1]["recall"] is None  # no reference: undefined
    (dice,) = json.loads(said("compare", tmp_path / "s.csv", tmp_path / "s.csv", "--metric", "dice", "--json"))
    assert (dice["difference"], dice["significant"], dice["n"]) == (0, False, 7)


def test_status_as_json(tmp_path):
    jobs = [job("train_model", 0), job("train_model", 1)]
    write_run(tmp_path, jobs)
    finish(tmp_path, jobs[0])
    found = json.loads(said("status", "--folder", tmp_path, "--json"))
    assert found["outcome"] == "running"
    assert found["studies"] == {"xnet": {"done": 1, "running": 0, "failed": 0, "waiting": 1}}


COMMANDS = get_command(app).commands


HEAVY = ("torch", "pandas", "matplotlib", "numpy", "pydantic", "scipy", "nibabel", "yaml", "rich.progress")


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

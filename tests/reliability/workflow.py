"""A study as a user runs it, for tests that disturb it: the smallest, or the demo's xnet."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import STDOUT, Popen
from typing import Any

from segrepro.preprocessing.prepared_cases import LOOKED_AT
from segrepro.utils.repository import REPOSITORY

DEMO = ["studies=xnet", 'experiments=["threshold","xnet"]']
TINY = 'overrides={"xnet": {"datasets": {"atlas": {"phantom": {"patients": 6, "shape": [50, 59, 8],\
 "spacing_mm": [4, 4, 24]}}}, "folds": {"count": 2, "test_fraction": null},\
 "recipe": {"epochs": 2}, "network_options": {"base_width": 4}}}'
# CI kills the demo's own study, which takes minutes more.
AT_DEMO_SIZE = "SEGREPRO_TESTS_AT_DEMO_SIZE" in os.environ
SMALLEST = [*DEMO, TINY]
# With a feature, a hidden test set, a row made of a trained one and one of its last weights, so that every rule has a
# job but fetch_weights, which needs the network, and those of nnU-Net, which takes minutes.
EVERY_RULE = [
    "studies=pseudo_dwi",
    'experiments=["twice", "flow_last"]',
    'overrides={"pseudo_dwi": {"experiments": {"flow": {"label": "Flow", "network": "unet", "loss": "ce",'
    ' "inputs": ["fl"]}, "twice": {"from": "flow", "tta": true},'
    ' "flow_last": {"like": "flow", "label": "Last weights", "checkpoint": "last"}},'
    ' "submission": {"experiment": "flow"},'
    ' "datasets": {"isles2018": {"phantom": {"patients": 5,'
    ' "test_patients": 1, "size": 32, "slices": [2, 3], "frames": [43, 44]}}}, "preparation": {"size": [32, 32]},'
    ' "folds": {"test_cases": null, "test_sizes": null, "validation_cases": null, "test_fraction": 0.35},'
    ' "recipe": {"epochs": 1}, "network_options": {"base_width": 2}}}',
]
RULES = sorted(path.stem for path in (REPOSITORY / "workflow_scripts").glob("[a-z]*.py"))


def new_folder(folder: Path) -> Path:
    """A working folder with the config of the repository."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    return folder


def start(
    folder: Path,
    *arguments: str,
    words: Sequence[str] = (),
    study: Sequence[str] = SMALLEST,
    environment: dict[str, str] | None = None,
) -> Popen:
    """Start the command of the README in `folder`, in a process group of its own; it writes into out.txt there."""
    command = [Path(sys.executable).parent / "snakemake", "--cores", "2", "--resources", "gpu=1"]
    command += ["--snakefile", REPOSITORY / "Snakefile", "--directory", folder]
    command += ["--workflow-profile", REPOSITORY / "profiles/default"]
    command += [*arguments, "--config", *study, *words]
    with (folder / "out.txt").open("w") as out:
        return Popen(
            command, stdout=out, stderr=STDOUT, cwd=folder, start_new_session=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"} | (environment or {}),
            # What a shell starts in the background ignores Ctrl-C, and so would all that tests start from there.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip


def run(folder: Path, *arguments: str, **configuration: Any) -> tuple[int, str]:
    """Exit code and output of the command when it is left alone; words, study and environment as in `start`."""
    process = start(folder, *arguments, **configuration)
    try:
        return process.wait(), (folder / "out.txt").read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def one_line(text: str) -> str:
    """The only line of the output in which segrepro says what is wrong; there is no traceback."""
    assert "Traceback" not in text, text
    lines = {line.strip() for line in text.splitlines() if line.strip().startswith("segrepro: ")}
    assert len(lines) == 1, text
    return lines.pop()


def made(folder: Path) -> dict[str, bytes]:
    """The tables and the trained weights by path; costs.csv, where seconds are, is left out."""
    files = [*folder.glob("results/xnet/tables/[a-z]*"), *folder.glob("work/runs/*/fold*/*.safetensors")]
    return {str(f.relative_to(folder)): f.read_bytes() for f in files if f.name != "costs.csv"}


def outputs(folder: Path) -> dict[str, bytes]:
    """All that the same command makes the same of again, by path: no seconds and no times of a run."""
    files = [path for place in ("work", "results") for path in (folder / place).rglob("*") if path.is_file()]
    timed = ("costs.csv", "evidence.json", "model.json", "source.json", "run.lock")
    others = {".seals", LOOKED_AT, "checkpoint", "phantoms"}
    kept = [f for f in files if f.name not in timed and not f.name.startswith("digests-") and not others & {*f.parts}]
    kept = [f for f in kept if f.parent.name != "report"]  # its pages say how long trainings took
    return {str(f.relative_to(folder)): f.read_bytes() for f in kept}


def remnants(folder: Path) -> list[Path]:
    """What is half written below `folder`."""
    return [path for path in folder.rglob(".*") if path.name.startswith((".partial-", ".former-"))]

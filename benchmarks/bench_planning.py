"""What it costs to plan, to start and to find nothing to do: seconds, peak memory and number of jobs.

    python benchmarks/bench_planning.py [--rounds N] [--skip-run]

Every row is a process of its own; a time is the median over the rounds. The last table runs a small study on
phantoms (two experiments, two folds) and takes the loaded libraries of each rule's jobs from the run record.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
from pathlib import Path

from measuring import REPOSITORY, Cost, machine, run_process, table

BIN = Path(sys.executable).parent
SNAKEMAKE = [
    str(BIN / "snakemake"),
    "--cores",
    "2",
    "--resources",
    "gpu=1",
    "--snakefile",
    str(REPOSITORY / "Snakefile"),
]
SNAKEMAKE += ["--workflow-profile", str(REPOSITORY / "profiles/default")]
TINY = (
    'overrides={"xnet": {"datasets": {"atlas": {"phantom": {"patients": 6}}}, "folds": {"count": 2},'
    ' "recipe": {"epochs": 1}}}'
)
HEAVY = ("torch", "pandas", "scipy", "nibabel")


def measured(command: list[str], folder: Path, rounds: int) -> tuple[Cost, str]:
    """Median cost of a command and what it printed."""
    output = folder / "output.txt"
    costs = [run_process(command, folder, output) for _ in range(rounds)]
    return Cost(*map(statistics.median, zip(*costs))), output.read_text()


def jobs_in(printed: str) -> int:
    found = re.search(r"^total\s+(\d+)", printed, re.MULTILINE)
    return int(found[1]) if found else 0


def dry_run(folder: Path, rounds: int, *words: str) -> tuple[Cost, int]:
    cost, printed = measured([*SNAKEMAKE, "-n", "--quiet", "rules", "--config", *words], folder, rounds)
    return cost, jobs_in(printed)


def many_batches(count: int) -> str:
    """The atlas study with a preparation job a patient."""
    atlas = {"batch_cases": 1, "phantom": {"patients": count, "two_timepoints": 0.0}}
    return "overrides=" + json.dumps({"xnet": {"datasets": {"atlas": atlas}}})


def plans(folder: Path, rounds: int) -> None:
    rows = []
    for name, words in {
        "all five studies, scale=paper": ["scale=paper"],
        "all five studies, scale=paper, every experiment": ["scale=paper", "experiments=all"],
        "all five studies, scale=demo": [],
    }.items():
        cost, jobs = dry_run(folder, rounds, *words)
        rows.append([name, str(jobs), *_cells(cost)])
    for count in (50, 950, 4950):
        cost, jobs = dry_run(folder, 1 if count > 1000 else rounds, "studies=xnet", many_batches(count))
        rows.append([f"xnet, a preparation job for each of {count} patients", str(jobs), *_cells(cost)])
    table(["plan (snakemake -n)", "jobs", "wall", "CPU", "peak memory"], rows)


def starts(folder: Path, rounds: int) -> None:
    commands = {"segrepro --help": [str(BIN / "segrepro"), "--help"]}
    for script in sorted((REPOSITORY / "workflow_scripts").glob("[a-z]*.py")):
        commands[f"import {script.stem}"] = [sys.executable, "-c", f"import workflow_scripts.{script.stem}"]
    table(
        ["start", "wall", "CPU", "peak memory"],
        [[name, *_cells(measured(command, folder, rounds)[0])] for name, command in commands.items()],
    )


def small_run(folder: Path, rounds: int) -> None:
    words = ["--config", TINY, 'experiments=["threshold","xnet"]', "studies=xnet"]
    first = run_process([*SNAKEMAKE, *words], folder, folder / "first.txt")
    again, printed = measured([*SNAKEMAKE, *words], folder, rounds)
    assert "Nothing to be done" in printed, printed
    table(["small study", "wall", "CPU", "peak memory"], [["first run", *_cells(first)], ["again", *_cells(again)]])
    records = [json.loads(line) for line in (folder / "logs/records.jsonl").read_text().splitlines()]
    rows = []
    for rule in dict.fromkeys(record["rule"] for record in records):
        of_rule = [record for record in records if record["rule"] == rule]
        loaded = {name for record in of_rule for name in record["versions"]}
        seconds, peak = (statistics.median(r[key] for r in of_rule) for key in ("seconds", "peak_memory_mb"))
        shown = ", ".join(name for name in HEAVY if name in loaded) or "none"
        rows.append([rule, str(len(of_rule)), f"{seconds:.1f} s", f"{peak:.0f} MB", shown])
    table(["rule", "jobs", "wall", "peak memory", f"of {', '.join(HEAVY)} loaded"], rows)


def _cells(cost: Cost) -> list[str]:
    return [f"{cost.wall:.2f} s", f"{cost.cpu:.2f} s", f"{cost.peak_mb:.0f} MB"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-run", action="store_true", help="leave out the small study")
    options = parser.parse_args()
    print(machine("snakemake", "pydantic", "typer"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
        plans(folder, options.rounds)
        starts(folder, options.rounds)
        if not options.skip_run:
            small_run(folder, options.rounds)


if __name__ == "__main__":
    main()

"""Where the demo's time goes, and the share of it that is spent outside the library's own work.

    python benchmarks/bench_demo.py [--keep FOLDER]

Runs the README's command in an empty folder. Core-seconds are seconds by the clock times cores. Training loops time
themselves (model.json), jobs from their first line to their last (logs/records.jsonl), Snakemake from the start of a
job's process to its end (logs/benchmarks). Imports are not timed inside the jobs: each set of packages that jobs had
loaded is imported here, by as many processes at once as there are cores, as in the demo. Run it alone on the machine.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from measuring import REPOSITORY, machine, run_process, table

SNAKEMAKE = [str(Path(sys.executable).parent / "snakemake"), "--cores", "all", "--resources", "gpu=1"]
SNAKEMAKE += ["--snakefile", str(REPOSITORY / "Snakefile"), "--workflow-profile", str(REPOSITORY / "profiles/default")]
OURS = ("segrepro", "python")
TIMED = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def run_demo(folder: Path) -> tuple[float, float]:
    """Seconds by the clock of the demo, and of the same command again."""
    (folder / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    first, again = (run_process(SNAKEMAKE, folder, folder / f"run{number}.txt") for number in (1, 2))
    if "Nothing to be done" not in (folder / "run2.txt").read_text():
        raise SystemExit(f"the second run found something to do; see {folder / 'run2.txt'}")
    return first.wall, again.wall


def seconds_to_import(packages: list[str]) -> float:
    """Median seconds of importing packages, by as many processes at once as there are cores."""
    command = [sys.executable, "-c", TIMED.format(", ".join(packages))]
    found = []
    for _ in range(3):
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(os.cpu_count())]
        found += [float(process.communicate()[0]) for process in processes]
    return sorted(found)[len(found) // 2]


def broken_down(folder: Path, wall: float) -> dict[str, float]:
    """Core-seconds of a finished demo by what they were spent on."""
    records = [json.loads(line) for line in (folder / "logs/records.jsonl").read_text().splitlines()]
    loaded = Counter(tuple(name for name in record["versions"] if name not in OURS) for record in records)
    imports = sum(count * seconds_to_import(list(packages)) for packages, count in loaded.items() if packages)
    cards = [json.loads(path.read_text()) for path in folder.glob("work/runs/*/fold*/model.json")]
    training = sum(card["training_seconds"] for card in cards)
    inside = sum(record["seconds"] for record in records)
    files = folder.glob("logs/benchmarks/**/*.tsv")
    jobs = sum(float(next(csv.DictReader(file.open(), delimiter="\t"))["s"]) for file in files)
    return {
        f"own work: {len(cards)} training loops": training,
        "own work: the rest inside jobs, such as reading, scoring, drawing": inside - training - imports,
        "imports": imports,
        f"starting and ending the processes of {len(records)} jobs": jobs - inside,
        "no job running: scheduling": wall * os.cpu_count() - jobs,
    }


def measure(folder: Path) -> None:
    print(machine("torch", "snakemake"), flush=True)
    wall, again = run_demo(folder)
    costs = broken_down(folder, wall)
    total = sum(costs.values())
    table(["what", "core-seconds", "share"], [[n, f"{s:.0f}", f"{100 * s / total:.0f} %"] for n, s in costs.items()])
    outside = sum(seconds for name, seconds in costs.items() if not name.startswith("own work"))
    print(f"\nby the clock {wall:.0f} s, run again {again:.1f} s; outside own work {100 * outside / total:.0f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="an empty folder to run in, left as it is at the end")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True)
        measure(options.keep.absolute())
        return
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name))


if __name__ == "__main__":
    main()

"""What the benchmarks share: calls that take turns, processes with their time and memory, the machine, tables."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent


class Cost(NamedTuple):
    """What a process took: seconds by the clock and of processors, and its largest resident size in MB.

    The size is at least the caller's own, which Linux counts in: a caller keeps itself small.
    """

    wall: float
    cpu: float
    peak_mb: float


def in_turns(calls: dict[str, Callable], rounds: int, clock: Callable = time.process_time) -> dict[str, list[float]]:
    """Seconds of each call in each round; the calls take turns."""
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = clock()
            call()
            times[name].append(clock() - start)
    return times


def ratio(times: dict[str, list[float]], other: str, ours: str) -> float:
    """How many times longer `other` takes: the median over the rounds."""
    return statistics.median(theirs / mine for theirs, mine in zip(times[other], times[ours]))


def run_process(command: Sequence[str], folder: Path, output: Path = Path(os.devnull)) -> Cost:
    """Run a command in a folder to its end; raises when it fails. Children that it waited for count."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    start = time.perf_counter()
    with output.open("w") as file:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed; see {output}")
    return Cost(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def peak_mb() -> float:
    """The largest resident size of this process so far, in MB; getrusage would count that of its parent, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def machine(*packages: str) -> str:
    """The processor, its load at the moment, Python and the versions of packages."""
    found = []
    for name in packages:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    load = f"load {os.getloadavg()[0]:.1f}"
    return f"{cpu}, {os.cpu_count()} cores, {load}, Python {platform.python_version()}, " + ", ".join(found)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows as a Markdown table."""
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()

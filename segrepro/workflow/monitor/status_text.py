"""A run's status in words, as a person reads it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from segrepro.workflow.job import MEMORY_ADVICE
from segrepro.workflow.monitor.curves import curve_lines, read_history
from segrepro.workflow.monitor.run_files import Job, text_of
from segrepro.workflow.monitor.status import STATES, Status, newest_scores, seconds_left

LOG_LINES = 8
TRAININGS = ("train_model", "train_nnunet")
SCORES = 5


def status_lines(status: Status) -> Iterator[str]:
    """The status: a table of the studies, what runs, what failed and why, scores, time left."""
    yield from _studies(status)
    yield from _described("Running", status.jobs["running"], status.folder, 1)
    yield from _described("Failed", status.jobs["failed"], status.folder, LOG_LINES)
    yield from _advice(status)
    yield from _scores_and_time_left(status, newest_scores(status))


def progress_lines(status: Status) -> Iterator[str]:
    """The status in short: the table of the studies, what helps jobs that were killed, few newest scores, time left."""
    yield from _studies(status)
    yield from _advice(status)
    yield from _scores_and_time_left(status, newest_scores(status)[:SCORES])


def summary(status: Status) -> dict[str, object]:
    """The status for programs: times in seconds, `started` since 1970; counts of jobs by study and state."""
    left, unknown = seconds_left(status) if status.outcome == "running" else (0.0, 0)
    return {
        "outcome": status.outcome,
        "started": status.started,
        "seconds": status.seconds,
        "seconds_left": left,
        "jobs_not_in_seconds_left": unknown,
        "studies": {study: status.of_study(study) for study in status.studies},
        "running": status.jobs["running"],
        "failed": status.jobs["failed"],
        "newest_scores": [
            {"experiment": name, "mean_dice": value, "cases": count} for name, value, count in newest_scores(status)
        ],
    }


def _studies(status: Status) -> Iterator[str]:
    began = datetime.fromtimestamp(status.started).strftime("%Y-%m-%d %H:%M:%S")
    yield f"Run of {began}: {status.outcome}, {duration(status.seconds)}"
    width = max([len(study) for study in status.studies] + [5])
    yield f"\n{'study':<{width}}" + "".join(f"{state:>9}" for state in STATES)
    for study in status.studies:
        yield f"{study:<{width}}" + "".join(f"{count:>9}" for count in status.of_study(study).values())


def _advice(status: Status) -> Iterator[str]:
    if status.killed_jobs:
        yield f"\nA job was killed, as the system does when memory runs out. {MEMORY_ADVICE}"


def _scores_and_time_left(status: Status, scores: list[tuple[str, float, int]]) -> Iterator[str]:
    if scores:
        yield "\nNewest scores (mean Dice)"
        yield from (f"  {name}: {value:.4f}, {count} cases" for name, value, count in scores)
    if status.outcome == "running":
        yield "\nTime left: " + _time_left(*seconds_left(status))


def _time_left(seconds: float, unknown: int) -> str:
    if unknown and not seconds:
        return "not known yet"
    without = f", without {unknown} jobs of kinds that have not run yet" if unknown else ""
    return f"about {duration(seconds)}{without}"


def _described(heading: str, jobs: Iterable[Job], folder: Path, count: int) -> Iterator[str]:
    for number, job in enumerate(jobs):
        if number == 0:
            yield f"\n{heading}"
        yield f"  {job.what}" + (f" ({job.log})" if job.log else "")
        if job.log:
            yield from (f"    {line}" for line in _last_lines(folder / job.log, count))
        if job.rule in TRAININGS:
            yield from (
                f"    {line}" for line in curve_lines(read_history((folder / job.output).with_name("history.csv")))
            )


def _last_lines(path: Path, count: int) -> list[str]:
    """Those of a log that are not empty."""
    return [line for line in text_of(path).splitlines() if line.strip()][-count:]


def duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> duration(42), duration(135), duration(7260)
    ('42 s', '2 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"

"""How a run of the workflow stands: from the list of jobs that it left at its start, events, files and logs."""

import os
import re
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from segrepro.utils.files import process_exists, whole_file
from segrepro.workflow.monitor.run_files import (
    RUN_FILE,
    Job,
    Run,
    changed_at,
    read_events,
    read_records,
    read_run,
    read_score,
    text_of,
)

STATES = ("done", "running", "failed", "waiting")
COUNT, NUMBER = r"([1-9]\d{0,8})", r"(\d{1,9}(?:\.\d+)?)"
STEP_LINE = re.compile(rf"epoch {COUNT}/{COUNT} step {COUNT}/{COUNT}; {NUMBER} ms", re.ASCII)
EPOCH_LINE = re.compile(rf"epoch {COUNT}/{COUNT} ", re.ASCII)


@dataclass(frozen=True)
class Status:
    """A run at this moment. outcome: running, done, failed, interrupted or killed; seconds: to now or to its end.

    killed_jobs: whether a job failed in which a process was killed, which can no longer say so itself.
    """

    folder: Path
    started: float
    outcome: str
    seconds: float
    jobs: dict[str, list[Job]] = field(repr=False)
    killed_jobs: bool

    def of_study(self, study: str) -> dict[str, int]:
        """Number of jobs in each state; a job that several studies need counts in each."""
        return {state: sum(study in job.studies for job in self.jobs[state]) for state in STATES}

    @property
    def studies(self) -> list[str]:
        """The studies of the run, sorted."""
        return sorted({study for jobs in self.jobs.values() for job in jobs for study in job.studies})


def note_start(dag, studies_of) -> None:
    """Leave the list of a run's jobs in logs/run.json; Snakemake's onstart calls it.

    dag: the workflow's; studies_of: a job's wildcards to the studies it belongs to.
    """
    jobs = [
        Job(
            id=dag.jobid(job),
            tries=1 + job.restart_times,
            rule=job.rule.name,
            what=job.message or job.rule.name,
            studies=studies_of(dict(job.wildcards_dict)),
            output=str(job.output[0]),
            log=str(job.log[0]) if job.log else None,
            needed=bool(dag.needrun(job)),
        )
        for job in dag.jobs
        if job.output
    ]
    run = Run(started=time.time(), host=socket.gethostname(), pid=os.getpid(), jobs=jobs)
    with whole_file(RUN_FILE) as partial:
        partial.write_text(run.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_status(folder: Path) -> Status:
    """The newest run that was started in `folder`. Raises DataError when there is none, or its list is damaged."""
    run = read_run(folder)
    events = read_events(folder, run.started)
    ending = next((event for event in reversed(events) if event.event != "job_failed"), None)
    outcome = ending.event if ending else _without_word(run)
    failures = [event for event in events if event.event == "job_failed"]
    tried = Counter(event.job for event in failures)
    failed = {job.id for job in run.jobs if tried[job.id] >= job.tries}
    sorted_jobs: dict[str, list[Job]] = {state: [] for state in STATES}
    for job in run.jobs:
        sorted_jobs[_state(job, folder, run.started, outcome, failed)].append(job)
    end = time.time() if outcome == "running" else ending.time if ending else _last_sign(run, folder)
    lost = {job.id for job in sorted_jobs["failed"]}
    killed = any(event.killed and event.job in lost for event in failures)
    return Status(folder, run.started, outcome, max(0.0, end - run.started), sorted_jobs, killed)


def _without_word(run: Run) -> str:
    """The outcome of a run that has not said it: on another machine it may still go on."""
    return "killed" if run.host == socket.gethostname() and not process_exists(run.pid) else "running"


def _last_sign(run: Run, folder: Path) -> float:
    """When a job of a run wrote to its log last."""
    return max([run.started, *(changed_at(folder / job.log) or 0.0 for job in run.jobs if job.log)])


def _state(job: Job, folder: Path, started: float, outcome: str, failed: set[int]) -> str:
    made, begun = changed_at(folder / job.output), changed_at(folder / (job.log or "-"))
    if made is not None and (not job.needed or made >= started):
        return "done"
    if job.id in failed:
        return "failed"
    return "running" if begun is not None and begun >= started and outcome == "running" else "waiting"


def seconds_left(status: Status) -> tuple[float, int]:
    """An estimate, and the number of jobs it leaves out: of their kind none has finished or says how far it is.

    A job to come takes the mean of its rule's finished ones; a training that says how far it is counts by that.
    Divided by how many jobs ran side by side so far.
    """
    taken = _seconds_by_rule(status)
    total, unknown = 0.0, 0
    for job in (*status.jobs["running"], *status.jobs["waiting"]):
        fraction, whole = 0.0, None
        if job in status.jobs["running"]:
            fraction, whole = training_progress(text_of(status.folder / (job.log or "-")))
        mean = taken.get(job.rule) or whole or _whole_of_another(status, job)
        total, unknown = (total, unknown + 1) if mean is None else (total + mean * (1 - fraction), unknown)
    return total / _side_by_side(status, taken), unknown


def training_progress(log: str) -> tuple[float, float | None]:
    """Share of the epochs that a training has done, and the seconds that all of them take (None: not yet said).

    >>> training_progress("epoch 3/10 step 50/100; 20.0 ms a step, 0 % waiting for data")
    (0.25, 20.0)
    """
    steps, epochs = STEP_LINE.findall(log), EPOCH_LINE.findall(log)
    if not epochs:
        return 0.0, None
    current, count = int(epochs[-1][0]), int(epochs[-1][1])
    if not steps:
        return min(current / count, 1.0), None
    at, of, step, per_round, ms = (float(value) for value in steps[-1])
    share = (at - 1 + step / per_round) / of if at == current else current / count
    return min(share, 1.0), of * per_round * ms / 1000


def _whole_of_another(status: Status, job: Job) -> float | None:
    """Seconds of a job of the same rule that runs and says so."""
    others = (training_progress(text_of(status.folder / (j.log or "-")))[1] for j in status.jobs["running"])
    same = [seconds for seconds, j in zip(others, status.jobs["running"]) if j.rule == job.rule and seconds]
    return sum(same) / len(same) if same else None


def _seconds_by_rule(status: Status) -> dict[str, float]:
    """Mean seconds of the jobs of each rule that finished in this run, or ever where none has in this run."""
    by_rule: dict[str, list[tuple[bool, float]]] = {}
    for record in read_records(status.folder):
        now = record.finished.timestamp() >= status.started - 1
        by_rule.setdefault(record.rule, []).append((now, record.seconds))
    means = {}
    for rule, taken in by_rule.items():
        chosen = [seconds for now, seconds in taken if now] or [seconds for _, seconds in taken]
        means[rule] = sum(chosen) / len(chosen)
    return means


def _side_by_side(status: Status, taken: dict[str, float]) -> float:
    ran = sum(taken.get(job.rule, 0) for job in status.jobs["done"] if job.needed)
    return max(1.0, len(status.jobs["running"]), ran / max(status.seconds, 1.0))


def newest_scores(status: Status, measure: str = "dice") -> list[tuple[str, float, int]]:
    """Experiment, mean of the measure and number of cases with it, of the runs that were scored, newest first.

    The best weights' scores, or the only ones; cases where the measure is undefined are not in the number.
    """
    files = [status.folder / job.output for job in status.jobs["done"] if job.rule == "evaluate_predictions"]
    newest = sorted(files, key=lambda file: changed_at(file) or 0.0, reverse=True)
    return [found for file in newest if (found := read_score(file, measure))]

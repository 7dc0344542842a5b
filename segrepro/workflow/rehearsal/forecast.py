"""From the first steps of an experiment to what its whole run takes: hours, memory and disk, and what will not fit."""

import shutil
from collections.abc import Container
from pathlib import Path

from segrepro.utils.files import whole_file
from segrepro.utils.memory import total_memory_mb
from segrepro.utils.parallel import available_cores
from segrepro.utils.validation import Strict
from segrepro.workflow.plan.other_rows import shared_trainings
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import Run
from segrepro.workflow.rehearsal.counts import counts_of, size_of
from segrepro.workflow.rehearsal.rehearsed import Rehearsed

GB = 1e9
HOUR = 3600
BESIDE = 1  # processes that a machine does besides


class Forecast(Strict):
    """Of one experiment, all its seeds, protocols and folds together.

    training_hours: of the longest fold; hours: of all trainings, predictions and scoring. disk_gb: checkpoints, models
    and predictions. measured_in: how many seconds the rehearsal of it took.
    """

    study: str
    experiment: str
    device: str
    trainings: int
    steps: int
    step_seconds: float
    micro_batch_size: int | None
    training_hours: float
    hours: float
    train_mb: int
    gpu_mb: int | None
    disk_gb: float
    measured_in: float


class Total(Strict):
    """Of all experiments that were rehearsed, on the machine that they were rehearsed on. load: the greatest."""

    device: str
    hours: float
    preparation_hours: float
    disk_gb: float
    memory_mb: int
    free_gb: float
    machine_mb: int
    load: float


def forecast(plan: Plan, found: list[Rehearsed]) -> list[Forecast]:
    """What each experiment takes, counted from the plan of the whole run."""
    runs: dict[tuple[str, str], list[Run]] = {}
    for run in plan.all_runs.values():
        runs.setdefault((run.study, run.experiment), []).append(run)
    shared = shared_trainings(plan)
    return [
        _of_one(one, runs[one.study, one.experiment], shared) for one in found if (one.study, one.experiment) in runs
    ]


def training_seconds(run: Run, one: Rehearsed) -> float:
    """Of one fold: its steps and, after each epoch, its validation."""
    counts = counts_of(run, one.preparing.slices)
    return counts.steps * one.step_seconds + counts.epochs * counts.validation * one.validation_seconds


def _of_one(one: Rehearsed, runs: list[Run], shared: Container[str]) -> Forecast:
    hours, disk, longest, steps, trainings = 0.0, 0.0, 0.0, 0, 0
    for run in runs:
        counts, folds = counts_of(run, one.preparing.slices), len(run.fold_numbers)
        training = 0.0 if run.key in shared else training_seconds(run, one)
        scoring = counts.test_cases * (one.predict_seconds + one.score_seconds)
        hours += folds * (training + scoring) / HOUR
        disk += folds * (2 * one.checkpoint_bytes + one.model_bytes + counts.test_cases * one.prediction_bytes) / GB
        longest, steps, trainings = (
            max(longest, training / HOUR),
            max(steps, counts.steps),
            trainings + folds * bool(training),
        )
    kept = ("study", "experiment", "device", "step_seconds", "micro_batch_size", "train_mb", "gpu_mb")
    return Forecast(
        **{name: getattr(one, name) for name in kept},
        trainings=trainings,
        steps=steps,
        training_hours=longest,
        hours=hours,
        disk_gb=disk,
        measured_in=one.seconds,
    )


def total(plan: Plan, found: list[Rehearsed], forecasts: list[Forecast], work: Path) -> Total:
    """What all of it takes; arrays that experiments share are counted once."""
    arrays, seconds = {}, {}
    by_experiment = {(one.study, one.experiment): one for one in found}
    for run in plan.all_runs.values():
        if one := by_experiment.get((run.study, run.experiment)):
            cases, _ = size_of(run.dataset, one.preparing.slices)
            key = (run.prepared_key, *sorted(run.features))
            arrays[key], seconds[key] = cases * one.preparing.bytes / GB, cases * one.preparing.seconds / HOUR
    place = next(folder for folder in [work, *work.absolute().parents] if folder.exists())
    return Total(
        device=found[0].device,
        hours=sum(one.hours for one in forecasts),
        preparation_hours=sum(seconds.values()),
        disk_gb=sum(arrays.values()) + sum(one.disk_gb for one in forecasts),
        memory_mb=max(max(one.train_mb, one.predict_mb, one.score_mb, one.preparing.peak_mb) for one in found),
        free_gb=shutil.disk_usage(place).free / GB,
        machine_mb=total_memory_mb(),
        load=max(one.load for one in found),
    )


def advice(forecasts: list[Forecast], whole: Total) -> list[str]:
    """What will not fit on this machine, and what to change; a line each."""
    lines, cores = [], available_cores()
    if whole.load > cores + BESIDE:
        busy = (
            f"other work ran beside it (load {whole.load:.0f} on {cores} cores), so that seconds and hours are too many"
        )
        lines.append(f"{busy}: remove rehearsal/measured and repeat it alone on the machine")
    if whole.disk_gb > whole.free_gb:
        need = f"{whole.disk_gb:.1f} GB of disk are needed and {whole.free_gb:.1f} GB free"
        lines.append(f"{need}: set `work` in config.yaml to a larger disk, or run fewer studies at a time")
    for one in forecasts:
        name = f"{one.study}/{one.experiment}"
        if one.micro_batch_size is not None:
            change = f"overrides: {{{one.study}: {{recipe: {{micro_batch_size: {one.micro_batch_size}}}}}}}"
            why = "its batches do not fit at once; batch norm then sees the smaller part"
            lines.append(f"{name}: {why}; take a larger GPU, or {change}")
    most = whole.memory_mb
    if 2 * most > whole.machine_mb:
        fits = max(whole.machine_mb // max(most, 1), 1)
        lines.append(
            f"the largest job holds {most} MB of {whole.machine_mb}: at most {fits} at a time, "
            f"--resources mem_mb={whole.machine_mb}"
        )
    return lines


def report(forecasts: list[Forecast], whole: Total, failed: dict[str, str]) -> str:
    """All of it as Markdown, for the screen and for a file."""
    head = "study, experiment | trainings | steps | s a step | h a training | h in all | host MB | GPU MB | disk GB"
    lines = [f"| {head} |", "|" + "---|" * (head.count("|") + 1)]
    for one in forecasts:
        parts = f" ({one.micro_batch_size} at once)" if one.micro_batch_size else ""
        cells = [
            f"{one.study} {one.experiment}",
            f"{one.trainings}",
            f"{one.steps:,}",
            f"{one.step_seconds:.3g}{parts}",
            f"{one.training_hours:.3g}",
            f"{one.hours:.3g}",
            f"{one.train_mb:,}",
            "-" if one.gpu_mb is None else f"{one.gpu_mb:,}",
            f"{one.disk_gb:.2g}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    unit = "hours of this CPU" if whole.device == "cpu" else "GPU-hours"
    lines += [
        "",
        f"Steps, memory and bytes measured on {whole.device}; hours forecast from them, without early stopping.",
        f"In all {whole.hours:,.0f} {unit}, preparation {whole.preparation_hours:.2g} core-hours, "
        f"disk {whole.disk_gb:,.1f} GB, memory {whole.memory_mb:,} MB a job.",
        f"The rehearsal took {sum(one.measured_in for one in forecasts) / 60:.0f} min.",
        *(f"- {line}" for line in advice(forecasts, whole)),
        *(f"- {name} failed: {why}" for name, why in failed.items()),
    ]
    return "\n".join(lines) + "\n"


def write_report(folder: Path, text: str) -> Path:
    """Write the report as rehearsal.md, complete or not at all."""
    with whole_file(folder / "rehearsal.md") as partial:
        partial.write_text(text, encoding="utf-8")
    return folder / "rehearsal.md"

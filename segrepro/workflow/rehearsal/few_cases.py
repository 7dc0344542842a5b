"""A few cases of a data set, prepared by the workflow's own jobs, and divided so that a batch is full."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from segrepro.datasets.fold_files import write_folds
from segrepro.datasets.folds import COLUMNS
from segrepro.preprocessing.prepared_cases import PreparedCases, open_prepared
from segrepro.preprocessing.write_cases import FeatureSettings, PreparationSettings
from segrepro.utils.errors import DataError
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import Run
from segrepro.workflow.rehearsal.jobs import Jobs, require_done

CASES = 6
LEAST = 3  # one to train on, one to validate on, one to predict


@dataclass(frozen=True)
class FewCases:
    """Cases that stand for a data set's. files: their `cases.json`, features too. seconds, bytes: of a case.

    slices: of a case, on average. peak_mb: the most memory of the jobs that prepared them.
    """

    source: Path
    files: list[Path]
    seconds: float
    bytes: float
    slices: float
    peak_mb: int


def prepare_few(plan: Plan, run: Run, jobs: Jobs) -> FewCases:
    """Prepare a few cases of a run's data set, spread over it, and compute the run's features of them."""
    folder, dataset = jobs.folder / "prepared", run.dataset
    source = folder / dataset.key / "source.json"
    done = [jobs.run("fetch_dataset", settings=plan.fetch_settings(dataset.key), workers=1, output=source)]
    part = {"dataset": dataset.folder, "batch": 0, "batches": max(1, dataset.case_count // CASES)}
    prepared = folder / run.prepared_key / "cases.json"
    settings = PreparationSettings(**part, preparation=run.resolved.preparation)
    done.append(jobs.run("prepare_cases", settings=settings, source=source, workers=1, output=prepared))
    files = [prepared]
    for key, feature in run.features.items():
        require_done(done[-1], f"preparing {dataset.name}")
        files.append(folder / key / "cases.json")
        settings = FeatureSettings(**part, feature=feature)
        job = jobs.run(
            "extract_features", settings=settings, prepared=prepared, source=source, workers=1, output=files[-1]
        )
        done.append(job)
    require_done(done[-1], f"preparing {dataset.name}")
    cases = open_prepared(files)
    if len(cases) < LEAST:
        raise DataError(dataset.path, f"{len(cases)} cases", f"at least {LEAST}", "Give more cases.")
    arrays = sum(file.stat().st_size for path in files for file in path.parent.glob("*.npy"))
    slices = np.mean([len(cases.array(case, "label")) for case in cases])
    seconds, peak = sum(job.seconds for job in done[1:]), max(job.peak_mb for job in done)
    return FewCases(source, files, seconds / len(cases), arrays / len(cases), float(slices), peak)


def write_few_folds(files: list[Path], batch_size: int, path: Path) -> None:
    """Write a division in which one case is predicted, one validates and the others train, a batch of slices each.

    Slices with a label come first; where there are too few for a batch they come again.
    """
    import pandas as pd

    cases = open_prepared(files)
    *train, validation, test = cases.ids
    rows = [(0, case, case, "train", slices) for case, slices in _some_slices(cases, train, batch_size)]
    rows += [(0, case, case, "validation", slices) for case, slices in _some_slices(cases, [validation], batch_size)]
    table = pd.DataFrame([*rows, (0, test, test, "test", "")], columns=list(COLUMNS))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_folds(table, path)


def _some_slices(cases: PreparedCases, names: list[str], count: int) -> Iterator[tuple[str, str]]:
    """Each case that gives some of `count` slices, and their numbers, as in a table of folds."""
    labelled = {name: np.asarray(cases.array(name, "label")).any((1, 2)) for name in names}
    order = [(name, z) for wanted in (True, False) for name in names for z in np.flatnonzero(labelled[name] == wanted)]
    chosen = list(islice(cycle(order), count))
    for name in names:
        if numbers := [str(z) for one, z in chosen if one == name]:
            yield name, " ".join(numbers)

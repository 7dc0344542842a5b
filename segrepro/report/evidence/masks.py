"""Level 2: every stored mask scored again against the reference masks."""

import json
from collections.abc import Iterator
from functools import partial

import numpy as np

from segrepro.datasets.case import Case
from segrepro.evaluation.case_scores import ORDER, score_prediction
from segrepro.report.evidence.levels import Asked
from segrepro.report.evidence.scans import Scans
from segrepro.report.evidence.study_results import StudyResults
from segrepro.utils.errors import DataError, SegreproError
from segrepro.utils.parallel import for_each

# Scores are read back from text; pandas may round the last bit.
ROUNDING = 1e-12
SHOWN = 5  # differing scores that are named of a run


def check_masks(results: StudyResults, asked: Asked) -> tuple[list[SegreproError], list[str]]:
    """Scores that are not those of the stored masks, and how many were looked at."""
    scans, faults, count = Scans(results, asked.data), [], 0
    for run, settings in results.settings.runs.items():
        rows = list(stored_rows(results, run, scans))
        if rows:
            again = for_each(
                partial(score_prediction, settings=settings.scoring), rows, asked.workers, f"masks of {run}"
            )
            found, looked_at = differing_scores(results, run, [row for rows in again for row in rows])
            faults += found
            count += looked_at
    return faults, [f"{count} scores of {len(results.settings.runs)} runs computed again"]


def stored_rows(results: StudyResults, run: str, scans: Scans) -> Iterator[dict]:
    """Each stored mask of a run as a row of a predictions.csv, its files where they lie here."""
    settings, archive = results.settings.runs[run], results.predictions
    dataset = settings.training.dataset
    cases = scans.of(f"{dataset.name}-{dataset.version}")
    for fold in archive.fold_numbers(run):
        for row in archive.rows(run, fold).to_dict("records"):
            if row["prediction"]:
                file = str(archive.file(row["prediction"]))
                yield row | files_of(cases[row["case"]]) | {"prediction": file, "image": ""}


def files_of(case: Case) -> dict[str, str]:
    """A case's files and what its label's values stand for, as a predictions.csv has them."""
    images = {role: str(path) for role, path in case.images.items()}
    return {
        "images": json.dumps(images),
        "labels": json.dumps([str(path) for path in case.labels]),
        "label_ranges": json.dumps(case.label_ranges),
    }


def differing_scores(results: StudyResults, run: str, again: list[dict]) -> tuple[list[SegreproError], int]:
    """The first stored scores of a run that are others than those found again, and how many were compared."""
    keys = [key for key in ORDER if key in again[0]]
    stored = {tuple(str(row[key]) for key in keys): row for row in results.predictions.scores(run).to_dict("records")}
    faults, count = [], 0
    for row in again:
        own = stored.get(key := tuple(str(row[name]) for name in keys))
        for measure in (name for name, value in row.items() if isinstance(value, float)):
            count += 1
            found = float("nan") if own is None else own[measure]
            if not np.isclose(found, row[measure], rtol=ROUNDING, atol=ROUNDING, equal_nan=True):
                where = f"{results.predictions.archive}: {run}/scores.csv ({', '.join(key)})"
                expected = f"{measure} {row[measure]}, the stored mask's"
                faults.append(DataError(where, f"{measure} {found}", expected, "One of both was changed."))
    return faults[:SHOWN], count

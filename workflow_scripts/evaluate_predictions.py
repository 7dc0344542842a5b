"""Score the predictions of all folds of a run, case by case."""

from pathlib import Path

import pandas as pd

from segrepro.datasets.source import as_fetched
from segrepro.evaluation.case_scores import Settings, score_predictions
from segrepro.utils.csv_files import read_csv, write_csv
from segrepro.workflow.job import run_job


def main(settings: Settings, predictions: list[Path], source: Path, workers: int, output: Path) -> list[Path]:
    """Write output, a CSV with the measures of each label of each case, or slice, and of synthesised images."""
    rows = pd.concat([read_csv(path) for path in predictions])
    with as_fetched(source):
        scores = score_predictions(rows, settings, workers)
    write_csv(scores, output)
    return [output]


if __name__ == "__main__":
    run_job(main)

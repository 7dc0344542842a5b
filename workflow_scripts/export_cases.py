"""Write a study's cases for the report's viewer."""

import json
from pathlib import Path

import pandas as pd

from segrepro.datasets.source import as_fetched
from segrepro.report.page.viewer_cases import Settings, export_cases, find_cases
from segrepro.utils.csv_files import read_csv
from segrepro.utils.files import whole_folder
from segrepro.workflow.job import run_job


def main(
    settings: Settings, scores: list[Path], predictions: list[Path], sources: list[Path], workers: int, output: Path
) -> list[Path]:
    """Write output, the list of cases, and a script a case beside it.

    scores: a file a run; predictions: of every fold of the runs.
    """
    frame = pd.concat(map(read_csv, scores))
    cases = find_cases(settings.datasets, predictions)
    with whole_folder(output.parent) as folder, as_fetched(*sources):
        listed = export_cases(settings, cases, frame, workers, folder)
        (folder / output.name).write_text(json.dumps(listed.model_dump(), indent=1) + "\n")
    return [output, output.parent]


if __name__ == "__main__":
    run_job(main)

"""Write a study's cases for the report's viewer."""

import json
from pathlib import Path

from segrepro.datasets.source import as_fetched
from segrepro.report.page.viewer_cases import Settings, export_cases, find_cases
from segrepro.utils.files import whole_folder
from segrepro.workflow.job import run_job


def main(settings: Settings, predictions: list[Path], sources: list[Path], workers: int, output: Path) -> list[Path]:
    """Write output, the list of cases, and a script a case beside it; predictions: of every fold of the runs."""
    cases = find_cases(settings.datasets, predictions)
    with whole_folder(output.parent) as folder, as_fetched(*sources):
        listed = export_cases(settings, cases, workers, folder)
        (folder / output.name).write_text(json.dumps(listed.model_dump(), indent=1) + "\n")
    return [output, output.parent]


if __name__ == "__main__":
    run_job(main)

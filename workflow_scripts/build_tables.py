"""Build a study's tables from the scores of its runs."""

import json
from pathlib import Path

from segrepro.report.spec import NetworkCounts
from segrepro.report.tables.build import Results, Settings
from segrepro.report.tables.files import write_tables
from segrepro.utils.csv_files import read_csv
from segrepro.utils.files import whole_folder
from segrepro.workflow.job import run_job


def main(settings: Settings, scores: list[Path], models: list[Path], parameters: Path, output: Path) -> list[Path]:
    """Write into the folder output each table as CSV, Markdown, LaTeX and HTML, and tables.json for the report.

    Beside them metrics.json for DVC, all scores and what they cost, and nothing else: tables that the study no longer
    has go. scores: a file a run, in the order of the settings' runs; models: the card of every fold; parameters: of the
    networks without a run.
    """
    frames = {run.name: read_csv(path) for run, path in zip(settings.runs, scores)}
    cards = [json.loads(path.read_text()) for path in models]
    counts = NetworkCounts.model_validate_json(parameters.read_bytes()).at_full_width
    with whole_folder(output) as folder:
        write_tables(settings, Results(frames, cards, counts), folder)
    return [output / "tables.json", output]


if __name__ == "__main__":
    run_job(main)

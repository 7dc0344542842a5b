"""Build a study's tables from the scores of its runs."""

import json
from pathlib import Path

import pandas as pd

from segrepro.report.tables.build import Settings, build_tables
from segrepro.report.tables.dvc_metrics import means
from segrepro.report.tables.files import write_table
from segrepro.report.tables.table import TableList
from segrepro.utils.csv_files import read_csv
from segrepro.utils.files import whole_folder
from segrepro.workflow.job import run_job

# Seconds differ from run to run; in a file of their own they leave the tables the same, byte by byte.
COSTS = "costs.csv"


def main(settings: Settings, scores: list[Path], models: list[Path], output: Path) -> list[Path]:
    """Write into the folder output each table as CSV, Markdown, LaTeX and HTML, and tables.json for the report.

    Beside them metrics.json for DVC, all scores and what they cost, and nothing else: tables that the study no longer
    has go. scores: a file a run, in the order of the settings' runs; models: the card of every fold.
    """
    frames = {run.name: read_csv(path) for run, path in zip(settings.runs, scores)}
    cards = [json.loads(path.read_text()) for path in models]
    tables = build_tables(settings, frames, cards)
    content = TableList(study=settings.study, scale=settings.scale, tables=tables).model_dump(exclude_unset=True)
    costs = [{key: card[key] for key in ("name", "fold", "training_seconds", "device")} for card in cards]
    with whole_folder(output) as folder:
        for table in tables:
            write_table(table, folder)
        pd.concat(frames.values()).to_csv(folder / "scores.csv", index=False)
        pd.DataFrame(costs).to_csv(folder / COSTS, index=False)
        (folder / "metrics.json").write_text(json.dumps(means(tables), indent=1) + "\n")
        (folder / "tables.json").write_text(json.dumps(content, indent=1) + "\n")
    return [output / "tables.json", output]


if __name__ == "__main__":
    run_job(main)

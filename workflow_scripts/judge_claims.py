"""Judge a study's claims from the scores of its runs."""

import json
from pathlib import Path

from segrepro.report.claims.files import CLAIMS, write_claims
from segrepro.report.claims.judge import Settings
from segrepro.utils.csv_files import read_csv
from segrepro.workflow.job import run_job


def main(settings: Settings, scores: list[Path], models: list[Path], output: Path) -> list[Path]:
    """Write output, claims.json, and what else is said of the claims beside it.

    scores: a file a run, in the order of the settings' runs; models: the card of every fold.
    """
    frames = {run.name: read_csv(path) for run, path in zip(settings.runs, scores)}
    names = write_claims(settings, frames, [json.loads(path.read_text()) for path in models], output.parent)
    return [output, *(output.parent / name for name in names if name != CLAIMS)]


if __name__ == "__main__":
    run_job(main)

"""Keep what a study's results are made from beside them: masks, scores and folds of every run, digests of all files."""

import json
from pathlib import Path

from segrepro.report.evidence.predictions import PREDICTIONS, WrittenRun, pack_predictions
from segrepro.report.evidence.record import Origin, write_evidence
from segrepro.workflow.job import run_job


def main(
    settings: Origin, made: list[Path], scores: list[Path], folds: list[Path], sources: list[Path], output: Path
) -> list[Path]:
    """Write predictions.zip and output, evidence.json, into the study's folder.

    made: a file of every part of the results, the settings' file too. scores, folds: of each run, the first beside the
    folders of its folds. sources: every data set's source.json.
    """
    runs = [
        WrittenRun(name, path, division, tuple(sorted(path.parent.glob("fold[0-9]*"), key=_number)))
        for name, path, division in zip(settings.runs, scores, folds)
    ]
    pack_predictions(runs, output.parent / PREDICTIONS)
    contents = {path.parent.name: json.loads(path.read_text())["contents"] for path in sources}
    write_evidence(settings, contents, [*made, output.parent / PREDICTIONS], output.parent)
    return [output, output.parent / PREDICTIONS]


def _number(folder: Path) -> int:
    return int(folder.name.removeprefix("fold"))


if __name__ == "__main__":
    run_job(main)

"""Judge a study's claims from the scores of its runs."""

import json
from pathlib import Path

from segrepro.report.claims.formats import latex, markdown
from segrepro.report.claims.judge import Settings, judge_claims
from segrepro.utils.csv_files import read_csv
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job


def main(settings: Settings, scores: list[Path], models: list[Path], output: Path) -> list[Path]:
    """Write output, claims.json, and the same as Markdown and LaTeX beside it.

    scores: a file a run, in the order of the settings' runs; models: the card of every fold.
    """
    frames = {run.name: read_csv(path) for run, path in zip(settings.runs, scores)}
    claims = judge_claims(settings, frames, [json.loads(path.read_text()) for path in models])
    texts = {".md": markdown(claims), ".tex": latex(claims), ".json": claims.model_dump_json(indent=1) + "\n"}
    written = {output.with_suffix(ending): text for ending, text in texts.items()}
    for path, text in written.items():
        with whole_file(path) as partial:
            partial.write_text(text, encoding="utf-8")
    return [output, *(path for path in written if path != output)]


if __name__ == "__main__":
    run_job(main)

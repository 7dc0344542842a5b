"""Build a study's tables from the scores of its runs."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, scores: list[Path], models: list[Path], output: Path) -> None:
    """Write each table as CSV, Markdown, LaTeX and HTML into the folder output."""
    from segrepro.report.tables.build import build_tables

    build_tables(settings, scores, models, output)


if __name__ == "__main__":
    run_job(main)

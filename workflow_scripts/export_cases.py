"""Write a study's cases for the report's viewer."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, predictions: list[Path], workers: int, output: Path) -> None:
    """Write output, the list of cases, and a script a case beside it."""
    from segrepro.report.page.viewer_cases import export_cases

    export_cases(settings, predictions, workers, output)


if __name__ == "__main__":
    run_job(main)

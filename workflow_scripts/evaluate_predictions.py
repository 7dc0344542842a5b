"""Score the predictions of all folds of a run, case by case."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, predictions: list[Path], workers: int, output: Path) -> None:
    """Write output, a CSV with one row a case and kind of weights."""
    from segrepro.workflow.stages import evaluate

    evaluate(settings, predictions, workers, output)


if __name__ == "__main__":
    run_job(main)

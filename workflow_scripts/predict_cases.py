"""Segment the held-out cases of one fold, on each scan's own grid."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, model: Path, folds: Path, prepared: list[Path], output: Path) -> None:
    """Write output, a CSV that lists the masks beside it."""
    from segrepro.inference.prepared_cases import predict_fold

    predict_fold(settings, model, folds, prepared, output)


if __name__ == "__main__":
    run_job(main)

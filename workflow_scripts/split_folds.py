"""Divide the cases into folds; patients are never parted."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, cases: Path, output: Path) -> None:
    """Write output, a CSV with one row a fold, case and part."""
    from segrepro.workflow.stages import split

    split(settings, cases, output)


if __name__ == "__main__":
    run_job(main)

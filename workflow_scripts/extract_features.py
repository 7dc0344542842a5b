"""Compute a feature of a batch of cases."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, prepared: Path, workers: int, output: Path) -> None:
    """Write output, a folder of arrays with cases.json."""
    from segrepro.workflow.stages import extract

    extract(settings, prepared, workers, output)


if __name__ == "__main__":
    run_job(main)

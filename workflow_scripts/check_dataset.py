"""Look for every fault of a data set before anything is made from it."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, faults: Path, workers: int, output: Path) -> None:
    """Write output, the list of cases, or fail and leave the list of faults."""
    from segrepro.workflow.stages import check

    check(settings, faults, workers, output)


if __name__ == "__main__":
    run_job(main)

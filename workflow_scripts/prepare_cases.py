"""Turn a batch of cases into arrays ready for training."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, workers: int, output: Path) -> None:
    """Write output, a folder of arrays with cases.json."""
    from segrepro.workflow.stages import prepare

    prepare(settings, workers, output)


if __name__ == "__main__":
    run_job(main)

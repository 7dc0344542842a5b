"""Make a data set's scans available: write the phantom, or note the folder that holds them."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, workers: int, output: Path) -> None:
    """Write output, a JSON file that says where the data set is."""
    from segrepro.datasets.download.fetch import fetch_dataset

    fetch_dataset(settings, workers, output)


if __name__ == "__main__":
    run_job(main)

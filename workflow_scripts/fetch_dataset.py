"""Make a data set's scans available: write the phantom, download, or note the folder that holds them."""

from pathlib import Path

from segrepro.datasets import open_dataset
from segrepro.datasets.download.fetch import Settings, fetch_dataset, write_source
from segrepro.datasets.folder_digest import files_elsewhere
from segrepro.workflow.job import run_job


def main(settings: Settings, workers: int, output: Path) -> None:
    """Write output, a JSON file that says where the data set is."""
    fetch_dataset(settings, workers)
    elsewhere = files_elsewhere(open_dataset(settings.layout, settings.folder))
    write_source(settings.folder, settings.source, output, elsewhere)


if __name__ == "__main__":
    run_job(main)

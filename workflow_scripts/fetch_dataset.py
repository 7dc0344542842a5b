"""Make a data set's scans available: write the phantom, download, or note the folder that holds them."""

from pathlib import Path

from segrepro.datasets import open_dataset
from segrepro.datasets.download.fetch import Settings, fetch_dataset
from segrepro.datasets.folder_digest import files_elsewhere
from segrepro.datasets.source import write_source
from segrepro.workflow.job import run_job


def main(settings: Settings, workers: int, output: Path) -> list[Path]:
    """Write output, a JSON file that says where the data set is."""
    fetch_dataset(settings, workers)
    elsewhere = files_elsewhere(open_dataset(settings.layout, settings.folder))
    write_source(settings.folder, settings.source, output, elsewhere, settings.contents)
    return [output]


if __name__ == "__main__":
    run_job(main)

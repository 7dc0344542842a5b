"""Download pretrained weights."""

from pathlib import Path

from segrepro.datasets.download.fetch import WeightsSettings, fetch_release
from segrepro.datasets.download.registry import find_release
from segrepro.datasets.source import write_source
from segrepro.workflow.job import run_job


def main(settings: WeightsSettings, output: Path) -> list[Path]:
    """Write output, a JSON file that says where the weights are."""
    fetch_release(*find_release(settings.name), settings.folder)
    write_source(settings.folder, "download", output)
    return [output]


if __name__ == "__main__":
    run_job(main)

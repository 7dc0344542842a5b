"""Make a data set's scans available: write the phantom, download it, or note the folder that holds them."""

import json
from pathlib import Path

from segrepro.datasets.download.fetch import Settings, fetch_dataset
from segrepro.datasets.fingerprint import fingerprint
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job


def main(settings: Settings, workers: int, output: Path) -> None:
    """Write output, a JSON file that says where the data set is and what its content's hash is."""
    folder = fetch_dataset(settings, workers)
    contents = fingerprint(folder, output.parents[1])  # where planning has its memory, too: work/datasets
    where = {"folder": str(folder), "source": settings.source, "contents": contents}
    with whole_file(output) as partial:
        partial.write_text(json.dumps(where, indent=2) + "\n")


if __name__ == "__main__":
    run_job(main)

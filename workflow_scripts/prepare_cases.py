"""Prepare one batch of a data set's cases: from scans to the arrays that networks learn from."""

from pathlib import Path

from segrepro.datasets.source import as_fetched
from segrepro.preprocessing.write_cases import PreparationSettings, write_batch
from segrepro.workflow.job import run_job


def main(settings: PreparationSettings, source: Path, workers: int, output: Path) -> list[Path]:
    """Write the arrays of the batch, and output, the list of its cases, into the folder of output."""
    with as_fetched(source):
        write_batch(settings.cases, settings.preparation, output.parent, workers)
    return [output]


if __name__ == "__main__":
    run_job(main)

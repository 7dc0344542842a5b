"""Compute one feature of one batch of prepared cases."""

from pathlib import Path

from segrepro.datasets.source import as_fetched
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.preprocessing.write_cases import FeatureSettings, write_features
from segrepro.workflow.job import run_job


def main(settings: FeatureSettings, prepared: Path, source: Path, workers: int, output: Path) -> list[Path]:
    """Write the arrays and output, the list of cases, into the folder of output, beside the prepared arrays."""
    records = PreparedCases([prepared.parent]).records
    with as_fetched(source):
        write_features(settings.cases, records, settings.feature, output.parent, workers)
    return [output]


if __name__ == "__main__":
    run_job(main)

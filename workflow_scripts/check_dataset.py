"""Look for every fault of a data set before the first long job, and list its cases."""

from pathlib import Path

import pandas as pd

from segrepro.datasets.integrity.check import Settings, check_dataset, labelled_slices, require_sound
from segrepro.datasets.source import as_fetched
from segrepro.utils.csv_files import write_csv
from segrepro.workflow.job import run_job

KEPT = ("patient", "site", "part")


def main(settings: Settings, source: Path, faults: Path, workers: int, output: Path) -> list[Path]:
    """Write output, the list of cases of a sound data set: case, patient, site, part.

    If asked for, also slices, their number, and labelled, the numbers of those that hold a learned label.
    Raises DataError, and leaves the list in faults, when there is any fault.
    """
    dataset = settings.open()
    cases = pd.DataFrame([{"case": c.id} | {key: getattr(c, key) for key in KEPT} for c in dataset.cases])
    with as_fetched(source):
        require_sound(check_dataset(dataset, settings.allow_empty, settings.folds, workers), faults)
        if settings.count_slices:
            counted = [labelled_slices(case, settings.labels) for case in dataset.cases]
            cases["slices"] = [count for count, _ in counted]
            cases["labelled"] = [" ".join(map(str, numbers)) for _, numbers in counted]
    write_csv(cases, output)
    return [output]


if __name__ == "__main__":
    run_job(main)

"""Look for every fault of a data set before the first long job, and list its cases."""

from pathlib import Path

import pandas as pd

from segrepro.datasets.integrity.check import Settings, inspect_dataset, labelled_ml, labelled_slices, require_sound
from segrepro.datasets.integrity.found import note_lines, phantom_found, set_found
from segrepro.datasets.releases.recognise import recognise
from segrepro.datasets.source import as_fetched
from segrepro.utils.csv_files import write_csv
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job

KEPT = ("patient", "site", "part")


def main(settings: Settings, source: Path, faults: Path, workers: int, output: Path) -> list[Path]:
    """Write output, the list of cases of a sound data set (case, patient, site, part), and what the set is, found.json.

    Where the release lists its cases, output has their places in that list, listed. If asked for, it has also slices,
    their number, labelled, the numbers of those that hold a learned label, and ml, the volume of the learned labels.
    Raises DataError, and leaves the list in faults, when there is any fault.
    """
    dataset = settings.open()
    release = None if settings.phantom else next(iter(recognise(settings.folder, settings.layout)), None)
    cases = pd.DataFrame([{"case": c.id} | {key: getattr(c, key) for key in KEPT} for c in dataset.cases])
    if any(case.listed is not None for case in dataset.cases):
        cases["listed"] = [case.listed for case in dataset.cases]
    with as_fetched(source):
        findings = inspect_dataset(
            dataset, release, settings.allow_empty, settings.folds, workers, official=settings.official
        )
        require_sound(findings.faults, faults)
        if settings.count_slices:
            counted = [labelled_slices(case, settings.labels) for case in dataset.cases]
            cases["slices"] = [count for count, _ in counted]
            cases["labelled"] = [" ".join(map(str, numbers)) for _, numbers in counted]
        if settings.measure_volumes:
            cases["ml"] = [labelled_ml(case, settings.labels) for case in dataset.cases]
    write_csv(cases, output)
    told = phantom_found(findings.facts) if settings.phantom else set_found(findings, settings.layout, settings.replica)
    print(told.told, *note_lines(findings), sep="\n", flush=True)
    found = output.with_name("found.json")
    with whole_file(found) as partial:
        partial.write_text(told.model_dump_json(indent=1, exclude_none=True) + "\n")
    return [output, found]


if __name__ == "__main__":
    run_job(main)

"""The workflow's stages between scans and scores, each as one call on files."""

from pathlib import Path

from segrepro.datasets import Case, Dataset, open_dataset
from segrepro.utils.csv_files import read_csv, write_csv


def check(settings: dict, faults: Path, workers: int, output: Path) -> None:
    """Write `output`, the list of cases of a sound data set: case, patient, site, part.

    If asked for, also slices, their number, and labelled, the numbers of those that hold a learned label.

    Raises DataError, and leaves the list in `faults`, when there is any fault.
    """
    import pandas as pd

    from segrepro.datasets.integrity.check import check_dataset, require_sound

    dataset = _open(settings)
    found = check_dataset(dataset, settings["allow_empty"], settings["folds"], workers)
    require_sound(found, faults)
    kept = ("patient", "site", "part")
    cases = pd.DataFrame([{"case": c.id} | {key: getattr(c, key) for key in kept} for c in dataset.cases])
    if settings["count_slices"]:
        counted = [_count_slices(case, [*map(int, settings["labels"])]) for case in dataset.cases]
        cases["slices"], cases["labelled"] = zip(*counted)
    write_csv(cases, output)


def _count_slices(case: Case, labels: list[int]) -> tuple[int, str]:
    import numpy as np

    from segrepro.images.geometry import orientation_of, to_slices
    from segrepro.images.labels import read_label
    from segrepro.images.scans import read_role

    role, path = next(iter(case.images.items()))
    scan = read_role(role, path)
    label = read_label(case.labels, scan, path, case.label_ranges)
    slices = to_slices(np.isin(label, labels), orientation_of(scan, path))
    return len(slices), " ".join(map(str, np.flatnonzero(slices.any(axis=(1, 2)))))


def prepare(settings: dict, workers: int, output: Path) -> None:
    """Prepare batch `batch` of `batches` of a data set into the folder of `output`."""
    from segrepro.preprocessing.preparation import Preparation
    from segrepro.preprocessing.write_cases import write_batch

    write_batch(_batch(settings), Preparation.model_validate(settings["preparation"]), output.parent, workers)


def extract(settings: dict, prepared: Path, workers: int, output: Path) -> None:
    """Compute one feature of batch `batch` of `batches` into the folder of `output`, beside the prepared arrays."""
    from segrepro.preprocessing.prepared_cases import Feature, PreparedCases
    from segrepro.preprocessing.write_cases import write_features

    records = PreparedCases([prepared.parent]).records
    feature = Feature.model_validate({key: settings[key] for key in Feature.model_fields})
    write_features(_batch(settings), records, feature, output.parent, workers)


def _batch(settings: dict) -> list[Case]:
    return _open(settings["dataset"]).cases[settings["batch"] :: settings["batches"]]


def split(settings: dict, cases: Path, output: Path) -> None:
    """Write the fold file of a data set's list of cases."""
    from segrepro.datasets.folds import Folds, leave_out_empty, make_folds, train_on_scored, verify_folds, write_folds

    table, chosen = read_csv(cases), Folds.model_validate(settings["folds"])
    folds = make_folds(table, chosen, settings["protocol"])
    verify_folds(folds, settings["protocol"])
    left_out = set(table["case"]) - set(folds["case"])
    if left_out:
        part = "no official part" if chosen.by == "official" else "the official test part"
        print(f"{len(left_out)} of {len(table)} cases are left out: they belong to {part}", flush=True)
    if chosen.keep_slices:
        print(f"slices without label are left out until {chosen.keep_slices} of all are left", flush=True)
        folds = leave_out_empty(folds, table, chosen.keep_slices, chosen.seed)
    write_folds(train_on_scored(folds) if settings["whole_set"] else folds, output)


def _open(settings: dict) -> Dataset:
    return open_dataset(settings["layout"], settings["folder"], settings["name"])

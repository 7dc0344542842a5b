"""Divide a data set's cases into folds."""

from pathlib import Path

from segrepro.datasets.fold_files import train_on_scored, verify_folds, write_folds
from segrepro.datasets.folds import Settings, make_folds
from segrepro.datasets.slice_folds import leave_out_empty, slices_left
from segrepro.utils.csv_files import read_csv
from segrepro.workflow.job import run_job


def main(settings: Settings, cases: Path, output: Path) -> list[Path]:
    """Write output, the fold file, from cases, the data set's list of cases."""
    table, chosen = read_csv(cases), settings.folds
    folds = make_folds(table, chosen, settings.protocol)
    verify_folds(folds, settings.protocol, "case" if chosen.by == "case" else "patient")
    if left_out := set(table["case"]) - set(folds["case"]):
        part = "no official part" if chosen.by == "official" else "the official test part"
        part = f"no fold of {chosen.file}" if chosen.file else part
        print(f"{len(left_out)} of {len(table)} cases are left out: they belong to {part}", flush=True)
    for size in chosen.test_sizes or ():
        print(f"{size.cases} cases to score have {size.ml[0]:g} to less than {size.ml[1]:g} ml", flush=True)
    if not chosen.shuffle and "listed" not in table:
        print("the cases are in the order of their names: the data set has no list of its own", flush=True)
    if chosen.keep_slices and chosen.by != "slice":  # which leaves them out before it divides
        keep = chosen.keep_slices if isinstance(chosen.keep_slices, int) else chosen.keep_slices.model_dump()
        folds = leave_out_empty(folds, table, keep, chosen.seed)
    if chosen.keep_slices:
        print(f"slices without label are left out; in the first fold are left: {slices_left(folds)}", flush=True)
    write_folds(train_on_scored(folds) if settings.train_on_scored else folds, output)
    return [output]


if __name__ == "__main__":
    run_job(main)

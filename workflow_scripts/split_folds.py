"""Divide a data set's cases into folds."""

from pathlib import Path

from segrepro.datasets.folds import Settings, leave_out_empty, make_folds, train_on_scored, verify_folds, write_folds
from segrepro.utils.csv_files import read_csv
from segrepro.workflow.job import run_job


def main(settings: Settings, cases: Path, output: Path) -> list[Path]:
    """Write output, the fold file, from cases, the data set's list of cases."""
    table, chosen = read_csv(cases), settings.folds
    folds = make_folds(table, chosen, settings.protocol)
    verify_folds(folds, settings.protocol)
    if left_out := set(table["case"]) - set(folds["case"]):
        part = "no official part" if chosen.by == "official" else "the official test part"
        print(f"{len(left_out)} of {len(table)} cases are left out: they belong to {part}", flush=True)
    if chosen.keep_slices:
        print(f"slices without label are left out until {chosen.keep_slices} of all are left", flush=True)
        folds = leave_out_empty(folds, table, chosen.keep_slices, chosen.seed)
    write_folds(train_on_scored(folds) if settings.train_on_scored else folds, output)
    return [output]


if __name__ == "__main__":
    run_job(main)

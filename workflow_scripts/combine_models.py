"""Predict the held-out cases of a fold with several trained models, mirrored or post-processed: nothing is trained."""

from pathlib import Path

import pandas as pd

from segrepro.datasets.fold_files import read_folds
from segrepro.datasets.source import as_fetched
from segrepro.inference.case_rows import masked_row, scored_slices, write_rows
from segrepro.inference.combine import Combination, combined_card
from segrepro.preprocessing.prepared_cases import open_prepared
from segrepro.training.model import CARD, WEIGHTS, load_model, save_model, weights_content
from segrepro.training.settings import Settings
from segrepro.utils.csv_files import write_csv
from segrepro.utils.devices import choose_algorithms, choose_device
from segrepro.workflow.job import run_job


def main(
    settings: Settings, models: list[Path], folds: Path, prepared: list[Path], source: Path, output: Path
) -> list[Path]:
    """Write predictions.csv and its masks, model.json, which says what was combined, and files without weights.

    models: of the members. source: of the data set, whose validation part post-processing is chosen on.
    """
    choose_algorithms(settings.threads)
    cases, table = open_prepared(prepared), read_folds(folds)
    members = [load_model(path, trust_code=True) for path in models]
    combination = Combination(settings, members, cases, choose_device(settings.device))
    slices, folder = scored_slices(table, settings.fold), output / "predictions"
    with as_fetched(source):
        chosen = combination.choose(table)
    rows = []
    for name in slices.index:
        rows.append(masked_row(cases.record(name), combination.mask(name), folder, chosen))
        print(f"{len(rows)}/{len(slices)} cases", flush=True)
    write_rows(rows, settings, slices, output / "predictions.csv")
    write_csv(pd.DataFrame([{"epoch": 0, "step": 0}]), output / "history.csv")
    weights = {checkpoint: weights_content({}) for checkpoint in WEIGHTS}
    save_model(output, weights, combined_card(settings, [member.card for member in members], weights))
    files = [output / name for name in (*WEIGHTS.values(), CARD, "history.csv", "predictions.csv")]
    return [*files, folder]


if __name__ == "__main__":
    run_job(main)

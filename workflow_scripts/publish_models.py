"""Copy the models of a run from the work folder to the results."""

import shutil
from pathlib import Path

import pandas as pd

from segrepro.training.model import WEIGHTS, read_card, weights_file
from segrepro.utils.csv_files import write_csv
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job


def main(models: list[Path], output: Path) -> list[Path]:
    """Copy each fold's card and the weights that its protocol scores into fold<n> beside output; list them in output.

    models: the card of each fold.
    """
    rows, published = [], []
    for path in models:
        card = read_card(path)
        weights, checkpoint = weights_file(path, card, card.checkpoint)
        folder = output.parent / f"fold{card.fold}"
        for file in (weights, path):
            with whole_file(folder / file.name) as partial:
                shutil.copyfile(file, partial)
            published.append(folder / file.name)
        # Those of another protocol that were published here before would be taken for this model's.
        for other in set(WEIGHTS.values()) - {weights.name}:
            (folder / other).unlink(missing_ok=True)
        rows.append({"fold": card.fold, "model": f"fold{card.fold}/{weights.name}", "hash": card.hash})
    write_csv(pd.DataFrame(rows), output)
    return [output, *published]


if __name__ == "__main__":
    run_job(main)

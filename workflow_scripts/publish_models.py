"""Copy the models of a run from the work folder to the results."""

from pathlib import Path

import pandas as pd

from segrepro.training.model import WEIGHTS, copy_model, read_card
from segrepro.utils.csv_files import write_csv
from segrepro.workflow.job import run_job


def main(models: list[Path], output: Path) -> list[Path]:
    """Copy each fold's card, own code and the weights that its protocol scores into fold<n> beside output; list them
    in output.

    models: the card of each fold.
    """
    rows, published = [], []
    for path in models:
        card = read_card(path)
        folder = output.parent / f"fold{card.fold}"
        weights, *others = copy_model(path, folder)
        published += [weights, *others]
        # Those of another protocol that were published here before would be taken for this model's.
        for other in set(WEIGHTS.values()) - {weights.name}:
            (folder / other).unlink(missing_ok=True)
        rows.append({"fold": card.fold, "model": f"fold{card.fold}/{weights.name}", "hash": card.hash})
    write_csv(pd.DataFrame(rows), output)
    return [output, *published]


if __name__ == "__main__":
    run_job(main)

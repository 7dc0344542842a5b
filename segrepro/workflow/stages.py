"""The workflow's stages between scans and scores, each as one call on files."""

import json
import shutil
from functools import partial as bound
from pathlib import Path

from segrepro.utils.csv_files import read_csv, write_csv
from segrepro.utils.files import whole_file
from segrepro.utils.parallel import for_each


def evaluate(settings: dict, predictions: list[Path], workers: int, output: Path) -> None:
    """Write the scores of a run's predictions: experiment, fold, case, patient, site, weights, label and measures."""
    import pandas as pd

    from segrepro.evaluation.case_scores import score_prediction

    rows = pd.concat([read_csv(path) for path in predictions]).to_dict("records")
    score = bound(score_prediction, settings=settings)
    scores = [row for rows_of_case in for_each(score, rows, workers, "scored cases") for row in rows_of_case]
    frame = pd.DataFrame(scores)
    frame.insert(0, "experiment", settings["experiment"])
    write_csv(frame.sort_values(["unit", "weights", "fold", "case", "label"]), output)


def publish(models: list[Path], output: Path) -> None:
    """Copy each fold's weights and card into fold<n> beside `output`, and list them in it."""
    import pandas as pd

    from segrepro.training.model import CARD, WEIGHTS

    rows = []
    for card_file in models:
        card = json.loads(card_file.read_text())
        folder = output.parent / f"fold{card['fold']}"
        for name in (WEIGHTS["best"], CARD):
            with whole_file(folder / name) as partial:
                shutil.copyfile(card_file.parent / name, partial)
        rows.append({"fold": card["fold"], "model": f"fold{card['fold']}/{WEIGHTS['best']}", "hash": card["hash"]})
    write_csv(pd.DataFrame(rows), output)

"""The workflow's stages between scans and scores, each as one call on files."""

import json
import shutil
from functools import partial as bound
from pathlib import Path

import numpy as np

from segrepro.datasets import Dataset, open_dataset
from segrepro.files import whole_file
from segrepro.parallel import for_each

IDS = {"case": str, "patient": str}


def check(settings: dict, faults: Path, workers: int, output: Path) -> None:
    """Write `output`, the list of cases of a sound data set (case, patient, site).

    Raises DataError, and leaves the list in `faults`, when there is any fault.
    """
    import pandas as pd

    from segrepro.datasets.check import check_dataset, require_sound

    dataset = _open(settings)
    found = check_dataset(dataset, settings["allow_empty"], settings["folds"], workers)
    require_sound(found, faults)
    cases = pd.DataFrame([{"case": c.id, "patient": c.patient, "site": c.site} for c in dataset.cases])
    _write_csv(cases, output)


def prepare(settings: dict, workers: int, output: Path) -> None:
    """Prepare batch `batch` of `batches` of a data set into the folder of `output`."""
    from segrepro.prepare import Preparation
    from segrepro.prepared import write_batch

    cases = _open(settings["dataset"]).cases[settings["batch"] :: settings["batches"]]
    write_batch(cases, Preparation.model_validate(settings["preparation"]), output.parent, workers)


def split(settings: dict, cases: Path, output: Path) -> None:
    """Write the fold file of a data set's list of cases."""
    from segrepro.folds import split_folds, verify_folds, write_folds

    table = read_csv(cases)
    protocol = settings["protocol"]
    folds = split_folds(
        zip(table["case"], table["patient"]),
        settings["count"],
        settings["seed"],
        protocol,
        settings["validation_fraction"],
    )
    verify_folds(folds, protocol)
    write_folds(folds, output)


def evaluate(settings: dict, predictions: list[Path], workers: int, output: Path) -> None:
    """Write the scores of a run's predictions: experiment, fold, case, patient, weights, label and each measure."""
    import pandas as pd

    rows = pd.concat([read_csv(path) for path in predictions]).to_dict("records")
    score = bound(_score_case, labels=settings["labels"], empty=settings["empty"])
    scores = [row for rows_of_case in for_each(score, rows, workers, "scored cases") for row in rows_of_case]
    frame = pd.DataFrame(scores)
    frame.insert(0, "experiment", settings["experiment"])
    _write_csv(frame.sort_values(["weights", "fold", "case", "label"]), output)


def publish(models: list[Path], output: Path) -> None:
    """Copy each fold's weights and card into fold<n> beside `output`, and list them in it."""
    import pandas as pd

    from segrepro.models import CARD, WEIGHTS

    rows = []
    for card_file in models:
        card = json.loads(card_file.read_text())
        folder = output.parent / f"fold{card['fold']}"
        for name in (WEIGHTS["best"], CARD):
            with whole_file(folder / name) as partial:
                shutil.copyfile(card_file.parent / name, partial)
        rows.append({"fold": card["fold"], "model": f"fold{card['fold']}/{WEIGHTS['best']}", "hash": card["hash"]})
    _write_csv(pd.DataFrame(rows), output)


def read_csv(path: Path):
    """A table with ids as text, since a patient may be called 031768 or NA."""
    import pandas as pd

    frame = pd.read_csv(path, dtype=IDS, keep_default_na=False, na_values=[""])
    return frame.astype(IDS)


def _open(settings: dict) -> Dataset:
    return open_dataset(settings["layout"], settings["folder"], settings["name"])


def _write_csv(frame, path: Path) -> None:
    with whole_file(path) as partial:
        frame.to_csv(partial, index=False)


def _score_case(row: dict, labels: dict[str, str], empty: str) -> list[dict]:
    """Scores of one prediction, one row a label."""
    from segrepro.grids import read_label, read_scan
    from segrepro.images import read_image
    from segrepro.metrics import segmentation_metrics

    paths = [Path(path) for path in json.loads(row["labels"])]
    scan_file = Path(next(iter(json.loads(row["images"]).values())))
    reference = read_label(paths, read_scan(scan_file), scan_file)
    prediction = np.asarray(read_image(row["prediction"]).array)
    kept = {key: row[key] for key in ("fold", "case", "patient", "weights")}
    spacing = read_scan(scan_file).spacing_mm[: prediction.ndim]
    return [
        kept | {"label": name} | segmentation_metrics(prediction, reference, spacing, empty=empty)
        for name in labels.values()
    ]

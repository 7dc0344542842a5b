"""Predict the held-out cases of a fold with the weights that the run's protocol scores."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from segrepro.datasets.fold_files import read_folds
from segrepro.images.io import write_image, write_synthesised
from segrepro.inference.given_masks import GivenMasks
from segrepro.inference.given_masks import Settings as MaskSettings
from segrepro.inference.predictor import Prediction, Predictor
from segrepro.networks.registry import GIVEN_MASKS
from segrepro.preprocessing.preparation import PreparedCase
from segrepro.preprocessing.prepared_cases import open_prepared
from segrepro.training.model import load_model
from segrepro.training.settings import Settings
from segrepro.utils.csv_files import write_csv
from segrepro.utils.devices import choose_algorithms, choose_device
from segrepro.workflow.job import run_job


def main(settings: Settings, model: Path, folds: Path, prepared: list[Path], output: Path) -> list[Path]:
    """Write a mask, an image or both a case beside output, and output: a CSV with case, patient, site, fold, slices
    (those to be scored, empty for all), checkpoint, the files of mask and image (empty without), and the scan and label
    files that they belong to."""
    choose_algorithms(settings.threads)
    cases, table = open_prepared(prepared), read_folds(folds)
    chosen = table[(table["fold"] == settings.fold) & (table["part"] == "test")].set_index("case")["slices"]
    rows, folder = [], output.parent / "predictions"
    if settings.network == GIVEN_MASKS:
        scored = [cases.record(name) for name in dict.fromkeys(table["case"][table["part"] == "test"])]
        given = GivenMasks(MaskSettings.model_validate(settings.options), scored)
        masks = given.masks([cases.record(name) for name in chosen.index], settings.dataset.label_map)
        rows = [
            _row(cases.record(name), _written(folder, cases.record(name), mask, write_image))
            for name, mask in masks.items()
        ]
        rows = [row | {"note": given.note} for row in rows] if given.note else rows
    else:
        models = [load_model(model, settings.checkpoint, trust_code=True)]
        predictor = Predictor(models, choose_device(settings.device))
        for name in chosen.index:
            images = np.stack([cases.array(name, channel) for channel in predictor.card.channels], axis=1)
            record = cases.record(name)
            rows.append(_predicted_row(record, predictor.predict(images, record), folder))
            print(f"{len(rows)}/{len(chosen)} cases", flush=True)
    frame = pd.DataFrame(rows).assign(fold=settings.fold, checkpoint=settings.checkpoint)
    write_csv(frame.assign(slices=frame["case"].map(chosen)), output)
    return [output, output.parent / "predictions"]


def _predicted_row(record: PreparedCase, found: Prediction, folder: Path) -> dict:
    """Write what was predicted of a case; its row in the table."""
    mask = "" if found.probabilities is None else _written(folder, record, found.mask(), write_image)
    made = "" if found.image is None else _written(folder / "images", record, found.synthesised(), write_synthesised)
    return _row(record, mask, made)


def _row(record: PreparedCase, mask: str, made: str = "") -> dict:
    sources = record.model_dump(mode="json", include={"images", "labels", "label_ranges"})
    kept = record.model_dump(include={"case", "patient", "site"})
    return kept | {key: json.dumps(files) for key, files in sources.items()} | {"prediction": mask, "image": made}


def _written(folder: Path, record: PreparedCase, array: np.ndarray, write: Callable) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{record.case}{'.png' if array.ndim == 2 else '.nii.gz'}"
    write(file, array, np.array(record.affine))
    return str(file)


if __name__ == "__main__":
    run_job(main)

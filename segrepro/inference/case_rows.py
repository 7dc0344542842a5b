"""The table of what a fold predicted: the files of each case's mask and image, and what they belong to."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from segrepro.images.io import write_image, write_synthesised
from segrepro.inference.given_masks import GivenMasks
from segrepro.inference.predictor import Prediction
from segrepro.preprocessing.preparation import PreparedCase
from segrepro.training.settings import Settings
from segrepro.utils.csv_files import write_csv


def scored_slices(folds: pd.DataFrame, fold: int) -> pd.Series:
    """The slices that a fold scores of each of its cases, empty for all, by case."""
    return folds[(folds["fold"] == fold) & (folds["part"] == "test")].set_index("case")["slices"]


def predicted_row(record: PreparedCase, found: Prediction, folder: Path) -> dict:
    """Write what was predicted of a case into a folder; its row."""
    mask = "" if found.probabilities is None else _written(folder, record, found.mask(), write_image)
    made = "" if found.image is None else _written(folder / "images", record, found.synthesised(), write_synthesised)
    return _row(record, mask, made)


def masked_row(record: PreparedCase, mask: np.ndarray, folder: Path, note: str = "") -> dict:
    """Write a mask, label values on the scan's grid, into a folder; its row. note: what is said of the whole run."""
    return _row(record, _written(folder, record, mask, write_image)) | ({"note": note} if note else {})


def given_rows(given: GivenMasks, records: Sequence[PreparedCase], settings: Settings, folder: Path) -> list[dict]:
    """Write the finished masks of cases into a folder, of those that have one; their rows."""
    masks = given.masks(records, settings.dataset.label_map)
    return [masked_row(record, masks[record.case], folder, given.note) for record in records if record.case in masks]


def write_rows(rows: list[dict], settings: Settings, slices: pd.Series, output: Path) -> None:
    """Write a fold's table: case, patient, site, scan and label files, mask, image, fold, checkpoint, scored slices."""
    frame = pd.DataFrame(rows).assign(fold=settings.fold, checkpoint=settings.checkpoint)
    write_csv(frame.assign(slices=frame["case"].map(slices)), output)


def _row(record: PreparedCase, mask: str, made: str = "") -> dict:
    sources = record.model_dump(mode="json", include={"images", "labels", "label_ranges"})
    kept = record.model_dump(include={"case", "patient", "site"})
    return kept | {key: json.dumps(files) for key, files in sources.items()} | {"prediction": mask, "image": made}


def _written(folder: Path, record: PreparedCase, array: np.ndarray, write: Callable) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{record.case}{'.png' if array.ndim == 2 else '.nii.gz'}"
    write(file, array, np.array(record.affine))
    return str(file)

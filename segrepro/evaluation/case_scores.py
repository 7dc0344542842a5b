"""The scores of one prediction, from files: usual measures, a challenge's own, those of a synthesised image."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from segrepro.datasets.case import Case
from segrepro.datasets.label_map import LabelMap
from segrepro.evaluation.metrics import segmentation_metrics
from segrepro.evaluation.metrics.challenges import challenge_scores
from segrepro.evaluation.metrics.empty_masks import Convention
from segrepro.evaluation.metrics.synthesis import synthesis_scores
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.image import Image
from segrepro.images.io import read_image, read_synthesised
from segrepro.images.labels import read_reference
from segrepro.images.scans import read_scan
from segrepro.preprocessing.normalization import Normalization, scaled
from segrepro.utils.parallel import for_each
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

ORDER = ["unit", "checkpoint", "fold", "case", "label"]
KEPT = ("fold", "case", "patient", "site", "checkpoint")


class Settings(Strict):
    """How the predictions of a run are scored; experiment, seed: that it was trained for and from.

    division: the number of its own division of the cases; None where all trainings of the experiment share one.

    empty: the rule for empty masks. challenges: whose own measures stand beside the usual ones, for whole cases.
    units: what gets rows: whole cases, slices or both. target, target_normalization: modality of the image that
    synthesised ones are compared with, and how its scan was scaled for training; None for a run that makes no images.
    scored_size: rows and columns that both masks of a picture are brought to first; None: the picture's own.
    """

    experiment: str
    seed: int = 0
    division: int | None = Field(None, exclude_if=lambda number: number is None)
    labels: LabelMap
    empty: str | dict[str, dict[str, float | str]]
    challenges: list[str]
    units: list[Literal["case", "slice"]]
    target: str | None = None
    target_normalization: Normalization | None = None
    scored_size: tuple[int, int] | None = None


def score_predictions(predictions: "pd.DataFrame", settings: Settings, workers: int = 1) -> "pd.DataFrame":
    """The scores of a run, a row a unit, fold, case and label: `score_prediction` of every row of a predictions.csv."""
    import pandas as pd

    score = partial(score_prediction, settings=settings)
    found = for_each(score, predictions.to_dict("records"), workers, "scored cases")
    scores = pd.DataFrame([row for rows in found for row in rows])
    scores.insert(0, "experiment", settings.experiment)
    scores.insert(1, "seed", settings.seed)
    if settings.division is not None:
        scores.insert(2, "division", settings.division)
    return scores.sort_values(ORDER)


def score_prediction(row: dict, settings: Settings) -> list[dict]:
    """Scores of one case, one row a unit and label.

    row: of a predictions.csv. A row of the unit `slice` is a slice of a volume, named case/slice; distances in it are
    within the slice.
    """
    case = predicted_case(row)
    scan, reference = read_reference(case)
    kept = {key: row[key] for key in KEPT} | ({"note": row["note"]} if row.get("note") else {})
    rows = []
    if row["prediction"]:
        prediction = np.asarray(read_image(row["prediction"]).array)
        if settings.scored_size:
            prediction, reference = (_at_size(mask, settings.scored_size) for mask in (prediction, reference))
        rows += list(_mask_rows(kept, case, prediction, reference, scan, row["slices"], settings))
    if row["image"]:
        made, target = read_synthesised(row["image"]), case.images[settings.target]
        quality = _quality(made, target, settings.target_normalization, reference)
        rows = [r | quality if r["unit"] == "case" else r for r in rows] or [
            kept | {"unit": "case", "label": "image"} | quality
        ]
    return rows


def _at_size(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A mask (rows, columns) at another size: each pixel has the value of the nearest one."""
    import cv2

    return cv2.resize(np.ascontiguousarray(mask), size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)


def predicted_case(row: dict) -> Case:
    """The case of a row of a predictions.csv, with its files."""
    images = {modality: Path(path) for modality, path in json.loads(row["images"]).items()}
    labels = tuple(map(Path, json.loads(row["labels"])))
    ranges = tuple(map(tuple, json.loads(row["label_ranges"])))
    return Case(row["case"], row["patient"], row["site"], images, labels, label_ranges=ranges)


def score_case(
    prediction: np.ndarray,
    reference: np.ndarray,
    labels: LabelMap,
    spacing_mm: Sequence[float],
    empty: Convention = "undefined",
    challenges: Sequence[str] = (),
) -> Iterator[tuple[str, dict[str, float]]]:
    """Each label's name and measures, for one whole case.

    prediction, reference: the data set's label values, in file order, as the spacing is.
    """
    for name, found, truth in _masks(prediction, reference, labels):
        scores = segmentation_metrics(found, truth, spacing_mm, empty=empty)
        for challenge in challenges:
            scores |= challenge_scores(challenge, found, truth, spacing_mm)
        yield name, scores


def _masks(
    prediction: np.ndarray, reference: np.ndarray, labels: LabelMap
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Each label's name and its masks in prediction and reference; what is ignored is in none of them."""
    ignored = reference == labels.ignored if labels.ignored is not None else np.False_
    for value, name in labels.values.items():
        yield name, (prediction == value) & ~ignored, reference == value


def _mask_rows(
    kept: dict,
    case: Case,
    prediction: np.ndarray,
    reference: np.ndarray,
    scan: Image,
    chosen: str,
    settings: Settings,
) -> Iterator[dict]:
    labels, empty = settings.labels, settings.empty
    if "case" in settings.units:
        spacing = scan.spacing_mm[: prediction.ndim]
        for name, scores in score_case(prediction, reference, labels, spacing, empty, settings.challenges):
            yield kept | {"unit": "case", "label": name} | scores
    if "slice" in settings.units:
        orientation = orientation_of(scan, next(iter(case.images.values())))
        spacing = scan.spacing_mm[:2] if orientation is None else _in_plane(scan)
        for name, *masks in _masks(prediction, reference, labels):
            found, truth = (to_slices(mask, orientation) for mask in masks)
            for z in map(int, chosen.split()) if chosen else range(len(found)):
                scores = segmentation_metrics(found[z], truth[z], spacing, empty=empty)
                yield kept | {"label": name, "unit": "slice", "case": f"{case.id}/{z}"} | scores


def _in_plane(scan: Image) -> tuple[float, float]:
    """Spacing (row, column) of axial slices in mm."""
    import nibabel as nib

    axes = nib.io_orientation(scan.affine)[:, 0]
    by_axis = {int(axis): spacing for axis, spacing in zip(axes, scan.spacing_mm)}
    return by_axis[1], by_axis[0]


def _quality(image: np.ndarray, target: Path, scaling: Normalization, label: np.ndarray) -> dict:
    """The measures of a synthesised image against the target's scan, scaled as it was for training."""
    scan = read_scan(target)
    orientation = orientation_of(scan, target)
    real = scaled(scan.array, scaling, target).astype(np.float32)
    return synthesis_scores(*(to_slices(array, orientation) for array in (image, real, label > 0)))

"""The scores of one prediction, from files: usual measures, a challenge's own, those of a synthesised image."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from segrepro.evaluation.metrics import challenges as challenge
from segrepro.evaluation.metrics import segmentation_metrics
from segrepro.evaluation.metrics.empty_masks import Convention
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.image import Image
from segrepro.images.io import read_image, read_synthesised
from segrepro.images.labels import read_label
from segrepro.images.scans import read_role, read_scan
from segrepro.preprocessing.normalization import Scaling, scaled

KEPT = ("fold", "case", "patient", "site", "weights")


def score_prediction(row: dict, settings: dict) -> list[dict]:
    """Scores of one case, one row a unit and label.

    row: of a predictions.csv. settings: what Plan.evaluation_settings gives.
    A row of the unit `slice` is a slice of a volume, named case/slice; distances in it are within the slice.
    """
    images, ranges = json.loads(row["images"]), json.loads(row["label_ranges"])
    role, path = next((role, Path(path)) for role, path in images.items())
    scan = read_role(role, path)
    reference = read_label([Path(p) for p in json.loads(row["labels"])], scan, path, ranges)
    kept = {key: row[key] for key in KEPT}
    rows = []
    if row["prediction"]:
        prediction = np.asarray(read_image(row["prediction"]).array)
        rows += list(_mask_rows(kept, prediction, reference, scan, path, row["slices"], settings))
    if row["image"]:
        target = Path(images[settings["target"]])
        quality = _quality(read_synthesised(row["image"]), target, settings["target_scaling"], reference)
        rows = [r | quality if r["unit"] == "case" else r for r in rows] or [
            kept | {"unit": "case", "label": "image"} | quality
        ]
    return rows


def _mask_rows(
    kept: dict, prediction: np.ndarray, reference: np.ndarray, scan: Image, path: Path, chosen: str, settings: dict
) -> Iterator[dict]:
    spacing = scan.spacing_mm[: prediction.ndim]
    ignored = reference == settings["ignore_label"] if settings["ignore_label"] is not None else np.False_
    for number, (value, name) in enumerate(settings["labels"].items(), 1):
        found, truth = (prediction == number) & ~ignored, reference == int(value)
        if "case" in settings["units"]:
            scores = segmentation_metrics(found, truth, spacing, empty=settings["empty"])
            for scorer in settings["scorers"]:
                scores |= _challenge(scorer, prediction == number, truth, reference, spacing)
            yield kept | {"unit": "case", "label": name} | scores
        if "slice" in settings["units"]:
            yield from _slice_rows(kept | {"label": name}, found, truth, scan, path, chosen, settings["empty"])


def _challenge(name: str, found: np.ndarray, truth: np.ndarray, reference: np.ndarray, spacing: tuple) -> dict:
    """The measures of a challenge, each with the challenge's name before it."""
    if name == "wmh2017":
        scores = challenge.wmh2017_scores(found, reference, spacing)
    elif name == "isic2017":
        scores = challenge.isic2017_scores(found, truth)
    else:
        scores = getattr(challenge, f"{name}_scores")(found, truth, spacing)
    return {f"{name}_{measure}": value for measure, value in scores.items()}


def _slice_rows(
    kept: dict, found: np.ndarray, truth: np.ndarray, scan: Image, path: Path, chosen: str, empty: Convention
) -> Iterator[dict]:
    orientation = orientation_of(scan, path)
    masks = [to_slices(mask, orientation) for mask in (found, truth)]
    spacing = scan.spacing_mm[:2] if orientation is None else _in_plane(scan)
    for z in map(int, chosen.split()) if chosen else range(len(masks[0])):
        scores = segmentation_metrics(masks[0][z], masks[1][z], spacing, empty=empty)
        yield kept | {"unit": "slice", "case": f"{kept['case']}/{z}"} | scores


def _in_plane(scan: Image) -> tuple[float, float]:
    """Spacing (row, column) of axial slices in mm."""
    import nibabel as nib

    axes = nib.io_orientation(scan.affine)[:, 0]
    by_axis = {int(axis): spacing for axis, spacing in zip(axes, scan.spacing_mm)}
    return by_axis[1], by_axis[0]


def _quality(image: np.ndarray, target: Path, scaling: Scaling, label: np.ndarray) -> dict:
    """The measures of a synthesised image against the target's scan, scaled as it was for training."""
    from segrepro.evaluation.metrics.synthesis import synthesis_scores

    scan = read_scan(target)
    orientation = orientation_of(scan, target)
    real = scaled(scan.array, scaling, target).astype(np.float32)
    return synthesis_scores(*(to_slices(array, orientation) for array in (image, real, label > 0)))

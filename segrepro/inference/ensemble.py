"""One or several models on a scan: their mean, as labels, probabilities and volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segrepro.datasets.case import Case
from segrepro.inference.compatibility import require_kind, require_suitable
from segrepro.preprocessing.preparation import PreparedCase
from segrepro.training.model import CARD, WEIGHTS, Model, load_model
from segrepro.training.model_card import ModelCard
from segrepro.utils.errors import ModelError

if TYPE_CHECKING:
    import torch
from segrepro.inference.predictor import mean_probabilities

SAME_IN_AN_ENSEMBLE = ("roles", "out_channels", "preparation", "features")


@dataclass(frozen=True)
class Segmentation:
    """What a model says of a scan, on the scan's own grid and in its axis order.

    labels: uint8, 0 where there is none. probabilities: label name to float32 in 0..1, 0 outside the crop.
    volumes_ml: label name to its volume; None for a picture, which has no size. voxels: label name to number.
    record: the preparation's record of the scan.
    """

    labels: np.ndarray
    probabilities: dict[str, np.ndarray]
    voxels: dict[str, int]
    volumes_ml: dict[str, float] | None
    record: PreparedCase


def load_ensemble(paths: Sequence[Path]) -> list[Model]:
    """The models, ready to predict together.

    paths: folders of models or files in them. Raises ModelError when one is missing or damaged, or when their
    inputs, labels or preparation are not the same.
    """
    models = [_load(path) for path in paths]
    if models[0].card.task in ("synthesis", "adversarial"):
        raise ModelError(paths[0], "a model that makes images", "one that segments", "Choose another model.")
    first = models[0].card
    for path, card in zip(paths, [model.card for model in models]):
        for key in SAME_IN_AN_ENSEMBLE:
            if getattr(card, key) != getattr(first, key) or label_names(card) != label_names(first):
                expected = f"those of {paths[0]}"
                raise ModelError(path, f"other {key} or labels", expected, "Use folds of one experiment.")
    return models


def _load(path: Path) -> Model:
    if not path.is_dir() and (path.name not in (CARD, *WEIGHTS.values()) or not path.exists()):
        raise ModelError(path, "no model there", f"{WEIGHTS['best']} or its folder", "Check the path.")
    return load_model(path)


def segment(case: Case, models: Sequence[Model], device: "torch.device", tta: bool = False) -> Segmentation:
    """Prepare a case as in training and predict it: the mean of the models' probabilities.

    tta: average over the slices as they are and mirrored along rows, columns and both. Raises DataError, before
    any network runs, when the scan is not what the models were made for.
    """
    from segrepro.inference.predictor import labels_of
    from segrepro.preprocessing.resize_crop import to_scan_grid

    card = models[0].card
    arrays, record = _prepared(case, card)
    images = np.stack([arrays[role] for role in card.roles], axis=1)
    channels = mean_probabilities([model.network for model in models], images, device, tta)
    # On the scan's own grid before they are compared, so that outlines do not follow the pixels of resized slices.
    full = np.stack([to_scan_grid(channel, record) for channel in np.moveaxis(channels, 1, 0)])
    labels, names = labels_of(full[None])[0], label_names(card)
    voxels = {name: int(np.count_nonzero(labels == value)) for value, name in enumerate(names, 1)}
    volumes = {name: count * _voxel_ml(record) for name, count in voxels.items()}
    probabilities = dict(zip(names, full[-len(names) :]))
    return Segmentation(labels, probabilities, voxels, None if labels.ndim == 2 else volumes, record)


def _prepared(case: Case, card: ModelCard) -> tuple[dict[str, np.ndarray], PreparedCase]:
    """The channels of a case, by role, and the record of its preparation; all that refuses a case is here."""
    from segrepro.preprocessing.preparation import prepare_case
    from segrepro.preprocessing.write_cases import feature_arrays

    require_kind(case, card)
    preparation = card.preparation
    chosen = tuple(role for role in preparation.images or case.images if role in case.images)
    prepared = prepare_case(case, preparation.model_copy(update={"images": chosen}))
    arrays = dict(prepared.arrays)
    for feature in card.features:
        arrays |= feature_arrays(case, prepared.record, feature)[0]
    require_suitable(case, arrays, prepared, card)
    return arrays, prepared.record


def label_names(card: ModelCard) -> list[str]:
    return card.dataset.label_map.names


def _voxel_ml(record: PreparedCase) -> float:
    return abs(float(np.linalg.det(np.array(record.affine)[:3, :3]))) / 1000

"""One or several models on a user's scan: their mean, as label values, probabilities and volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.inference.compatibility import require_kind, require_suitable, unlike_training
from segrepro.inference.predictor import Prediction, Predictor
from segrepro.preprocessing.preparation import PreparedCase, prepare_case
from segrepro.preprocessing.write_cases import feature_arrays
from segrepro.training.model import CARD, WEIGHTS, Model, load_model
from segrepro.training.model_card import ModelCard
from segrepro.utils.errors import ModelError
from segrepro.utils.say import say_once

SAME_IN_AN_ENSEMBLE = ("channels", "neighbours", "out_channels", "preparation", "features")


@dataclass(frozen=True)
class Segmentation:
    """What a model says of a scan, on the scan's own grid and in its axis order.

    labels: uint8, the data set's values, 0 where there is none. prediction: with the probabilities. voxels: label name
    to number. volumes_ml: label name to its volume; None for a picture, which has no size. record: the preparation's
    record of the scan. unlike_training: in what it leaves the range of the training's scans, of `unlike_training`.
    """

    labels: np.ndarray
    prediction: Prediction
    voxels: dict[str, int]
    volumes_ml: dict[str, float] | None
    record: PreparedCase
    unlike_training: list[str]


def load_ensemble(paths: Sequence[Path], trust_code: bool = False) -> list[Model]:
    """The models, ready to predict together.

    paths: folders of models or files in them. trust_code: as of `load_model`. Raises ModelError when one is missing or
    damaged, or when their inputs, labels or preparation are not the same.
    """
    models = [_load(path, trust_code) for path in paths]
    if models[0].card.makes_images_only:
        raise ModelError(paths[0], "a model that makes images", "one that segments", "Choose another model.")
    first = models[0].card
    for path, card in zip(paths, [model.card for model in models]):
        for key in SAME_IN_AN_ENSEMBLE:
            if getattr(card, key) != getattr(first, key) or card.dataset.label_map != first.dataset.label_map:
                expected = f"those of {paths[0]}"
                raise ModelError(path, f"other {key} or labels", expected, "Use folds of one experiment.")
    return models


def _load(path: Path, trust_code: bool) -> Model:
    if not path.is_dir() and (path.name not in (CARD, *WEIGHTS.values()) or not path.exists()):
        raise ModelError(path, "no model there", f"{WEIGHTS['best']} or its folder", "Check the path.")
    return load_model(path, trust_code=trust_code)


def segment(case: Case, predictor: Predictor) -> Segmentation:
    """Prepare a case as in training and predict it. Raises DataError, before any network runs, when the scan is not
    what the models were made for.
    """
    arrays, record = _prepared(case, predictor.card)
    images = np.stack([arrays[channel] for channel in predictor.card.channels], axis=1)
    found = predictor.predict(images, record)
    mask = found.mask()
    voxels = {name: int(np.count_nonzero(mask == value)) for value, name in found.labels.values.items()}
    volumes = None if mask.ndim == 2 else {name: count * voxel_ml(record) for name, count in voxels.items()}
    unlike = unlike_training(record, predictor.card)
    if unlike:
        path = next(iter(case.images.values()))
        say_once(
            path, f"{path} is not like the scans of the training, so that the mask may be wrong: {'; '.join(unlike)}"
        )
    return Segmentation(mask, found, voxels, volumes, record, unlike)


def _prepared(case: Case, card: ModelCard) -> tuple[dict[str, np.ndarray], PreparedCase]:
    """The channels of a case by name, and the record of its preparation; all that refuses a case is here."""
    require_kind(case, card)
    preparation = card.preparation
    chosen = tuple(name for name in preparation.modalities or case.images if name in case.images)
    prepared = prepare_case(case, preparation.model_copy(update={"modalities": chosen}))
    arrays = dict(prepared.arrays)
    for feature in card.features:
        arrays |= feature_arrays(case, prepared.record, feature)[0]
    require_suitable(case, arrays, prepared, card)
    return arrays, prepared.record


def voxel_ml(record: PreparedCase) -> float:
    """The volume of a voxel of a case's scan, in ml."""
    return abs(float(np.linalg.det(np.array(record.affine)[:3, :3]))) / 1000

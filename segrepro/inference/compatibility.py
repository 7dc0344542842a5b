"""Whether a scan is one that a trained model was made for, by what the model's card says of its training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.images import CT, hounsfield_error
from segrepro.images.image import is_picture
from segrepro.preprocessing.preparation import Prepared, PreparedCase, prepared_channels
from segrepro.training.model_card import ModelCard
from segrepro.utils.errors import DataError, ModelError

# How many times finer or coarser than in training: between slices, and within them, which is what a 2D network sees.
SPACING_FACTOR = (3.0, 1.5, 1.5)
# By how much of the training's range a scan may leave it before that is said.
MARGIN = 0.1
STATISTICS = {
    "low": "the lowest value",
    "p1": "the 1st percentile",
    "p99": "the 99th percentile",
    "high": "the highest value",
}
AXES = ("between slices", "between rows", "between columns")


def require_modalities(card: ModelCard, modalities: Sequence[str]) -> None:
    """Raise DataError unless exactly the images are given that the model takes."""
    wanted = card.modalities
    if set(modalities) == set(wanted):
        return
    remedy = "Give " + " ".join(f"--image {modality}=FILE" for modality in wanted) + "."
    raise DataError("images", ", ".join(modalities) or "none", ", ".join(wanted), remedy)


def require_kind(case: Case, card: ModelCard) -> None:
    """Raise DataError for a picture where the model takes volumes, and the other way round."""
    pictures = card.takes_pictures
    kinds = ("a picture", "a volume")
    for path in case.images.values():
        if is_picture(path) != pictures:
            found, wanted = kinds if pictures is False else kinds[::-1]
            raise DataError(path, found, f"{wanted}, as {card.name} was trained on", "Choose another model or scan.")


def require_suitable(case: Case, arrays: dict[str, np.ndarray], prepared: Prepared, card: ModelCard) -> None:
    """Raise DataError for units other than HU, an image without contrast, or a volume of a very other spacing.

    arrays: the case's channels by name, with those computed from images. ModelError when one is missing among them.
    """
    _require_channels(arrays, card)
    for modality, path in case.images.items():
        _require_contrast(arrays, modality, path)
    if found := prepared.record.intensities.get(CT):
        _require_hounsfield(case.images[CT], (found.low, found.high))
    if not card.takes_pictures:  # a picture's pixels have no size
        _require_near_spacing(next(iter(case.images.values())), prepared.record.spacing_mm, card)


def unlike_training(record: PreparedCase, card: ModelCard) -> list[str]:
    """What of a scan leaves the range of the scans that the model was trained on, a line each; nothing is refused here.

    By how much a value may leave it: a tenth of the width that the training's scans had.
    """
    lines = []
    for channel, found in record.intensities.items():
        least, most = card.training_intensities.get(channel, (found, found))
        margin = MARGIN * (most.high - least.low)
        for name, value in found:
            low, high = getattr(least, name), getattr(most, name)
            if not low - margin <= value <= high + margin:
                lines.append(f"{channel}: {STATISTICS[name]} is {value:.4g}, in training {_range(low, high)}")
    trained = card.training_spacing_mm
    if not card.takes_pictures:
        for axis, found, low, high in zip(AXES, record.spacing_mm, trained.low, trained.high):
            if not low * (1 - MARGIN) <= found <= high * (1 + MARGIN):
                lines.append(f"{found:.3g} mm {axis}, in training {_range(low, high)} mm")
    return lines


def _range(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _require_channels(arrays: dict[str, np.ndarray], card: ModelCard) -> None:
    missing = [channel for channel in card.channels if channel not in arrays]
    if missing:
        expected = f"only {', '.join(arrays)}"
        remedy = "Its card does not say how to compute them: train it again."
        raise ModelError(card.name, f"a model of {', '.join(missing)}", expected, remedy)


def _require_contrast(arrays: dict[str, np.ndarray], modality: str, path: Path) -> None:
    found = [arrays[name] for name in prepared_channels([modality]) if name in arrays]
    if found and all(array.min() == array.max() for array in found):
        raise DataError(path, "one value everywhere once prepared", "an image with contrast", "Check the image.")


def _require_hounsfield(path: Path, raw_range: tuple[float, float]) -> None:
    if error := hounsfield_error(path, *raw_range):
        raise error


def _require_near_spacing(path: Path, spacing_mm: Sequence[float], card: ModelCard) -> None:
    trained = card.training_spacing_mm
    for axis, found, low, high, factor in zip(AXES, spacing_mm, trained.low, trained.high, SPACING_FACTOR):
        if not low / factor <= found <= high * factor:
            expected = f"{low / factor:.3g} to {high * factor:.3g} mm (training: {_range(low, high)} mm)"
            raise DataError(path, f"{found:.3g} mm {axis}", expected, "Resample it, or choose another model.")

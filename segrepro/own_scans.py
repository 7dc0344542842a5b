"""Segment anybody's own scans: prepare them as in training, predict, and write what came out."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segrepro.datasets.base import Case
from segrepro.errors import ModelError, SegreproError, raise_together
from segrepro.files import file_sha256
from segrepro.images import write_image
from segrepro.mask_files import MaskFiles, mask_files, require_free, writing_files
from segrepro.models import CARD, WEIGHTS, Model, load_model
from segrepro.suitability import require_kind, require_suitable

if TYPE_CHECKING:
    import torch

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
    record: dict


def load_ensemble(paths: Sequence[Path]) -> list[Model]:
    """The models, ready to predict together.

    paths: folders of models or files in them. Raises ModelError when one is missing or damaged, or when their
    inputs, labels or preparation are not the same.
    """
    models = [_load(path) for path in paths]
    if models[0].card["task"] in ("synthesis", "adversarial"):
        raise ModelError(paths[0], "a model that makes images", "one that segments", "Choose another model.")
    first = models[0].card
    for path, card in zip(paths, [model.card for model in models]):
        for key in SAME_IN_AN_ENSEMBLE:
            if card.get(key) != first.get(key) or _label_names(card) != _label_names(first):
                expected = f"those of {paths[0]}"
                raise ModelError(path, f"other {key} or labels", expected, "Use folds of one experiment.")
    return models


def _load(path: Path) -> Model:
    if not path.is_dir() and (path.name not in (CARD, *WEIGHTS.values()) or not path.exists()):
        raise ModelError(path, "no model there", f"{WEIGHTS['best']} or its folder", "Check the path.")
    return load_model(path, "last" if path.name == WEIGHTS["last"] else "best")


def segment(case: Case, models: Sequence[Model], device: "torch.device", tta: bool = False) -> Segmentation:
    """Prepare a case as in training and predict it: the mean of the models' probabilities.

    tta: average over the slices as they are and mirrored along rows, columns and both. Raises DataError, before
    any network runs, when the scan is not what the models were made for.
    """
    from segrepro.fast_inference import labels_of
    from segrepro.placing import restore

    card = models[0].card
    arrays, record = _prepared(case, card)
    images = np.stack([arrays[role] for role in card["roles"]], axis=1)
    channels = mean_probabilities([model.network for model in models], images, device, tta)
    # On the scan's own grid before they are compared, so that outlines do not follow the pixels of resized slices.
    full = np.stack([restore(channel, record) for channel in np.moveaxis(channels, 1, 0)])
    labels, names = labels_of(full[None])[0], _label_names(card)
    voxels = {name: int(np.count_nonzero(labels == value)) for value, name in enumerate(names, 1)}
    volumes = {name: count * _voxel_ml(record) for name, count in voxels.items()}
    probabilities = dict(zip(names, full[-len(names) :]))
    return Segmentation(labels, probabilities, voxels, None if labels.ndim == 2 else volumes, record)


def _prepared(case: Case, card: dict) -> tuple[dict[str, np.ndarray], dict]:
    """The channels of a case, by role, and the record of its preparation; all that refuses a case is here."""
    from segrepro.prepare import Preparation, prepare_case
    from segrepro.prepared import feature_arrays

    require_kind(case, card)
    preparation = Preparation.model_validate(card["preparation"])
    chosen = tuple(role for role in preparation.images or case.images if role in case.images)
    prepared = prepare_case(case, preparation.model_copy(update={"images": chosen}))
    arrays = dict(prepared.arrays)
    for feature in card.get("features", []):
        arrays |= feature_arrays(case, prepared.record, feature)[0]
    require_suitable(case, arrays, prepared, card)
    return arrays, prepared.record


def mean_probabilities(networks: Sequence, images: np.ndarray, device: "torch.device", tta: bool = False) -> np.ndarray:
    """The mean of `slice_probabilities` (S, K, H, W) over networks and, with `tta`, the four mirrorings."""
    from segrepro.fast_inference import fast_network, slice_probabilities

    flips = [(), (2,), (3,), (2, 3)] if tta else [()]
    total = np.zeros((1,), np.float32)
    for network in networks:
        fast = fast_network(network, device)
        for axes in flips:
            total = total + np.flip(slice_probabilities(fast, np.flip(images, axes), device), axes)
    return total / np.float32(len(flips) * len(networks))


def _label_names(card: dict) -> list[str]:
    return list(card["dataset"]["labels"].values())


def _voxel_ml(record: dict) -> float:
    return abs(float(np.linalg.det(np.array(record["affine"])[:3, :3]))) / 1000


def segment_files(
    cases: Sequence[Case],
    model_paths: Sequence[Path],
    output: Path,
    device: str = "auto",
    tta: bool = False,
    probabilities: bool = False,
) -> Iterator[tuple[Path, Segmentation]]:
    """Segment cases one after the other; yields each mask's file and what it holds.

    output: the mask's file for one case, or a folder. Beside `<name>.nii.gz` (`.png` for a picture) stand
    `<name>-overlay.png`, `<name>.json` (the record of the run) and, where asked for, `<name>-<label>` with the
    probabilities (as a picture: 65535 is 1). A case's files are all written or none, and replace those of an earlier
    call. Raises a SegreproError, before any case is looked at, when other files are in their way. A case that is
    refused does not stop the others; when all are done a DataError names every one, a line each.
    """
    from segrepro.devices import choose_device

    models = load_ensemble(model_paths)
    labels = _label_names(models[0].card) if probabilities else []
    outputs = [mask_files(case, output, len(cases) == 1, labels) for case in cases]
    require_free(outputs, cases)
    where, faults = choose_device(device), []
    for case, files in zip(cases, outputs):
        started = time.perf_counter()
        try:
            found = segment(case, models, where, tta)
        except SegreproError as error:
            faults.append(error)
            continue
        record = run_record(case, found, model_paths, models, where, tta)
        record["seconds"] = round(time.perf_counter() - started, 2)
        _write(case, found, files, record)
        yield files.mask, found
    raise_together(faults)


def run_record(
    case: Case, found: Segmentation, paths: Sequence[Path], models: Sequence[Model], device: "torch.device", tta: bool
) -> dict:
    """What was done, with what, and what came out; fit for JSON."""
    from segrepro.fast_inference import has_bfloat16
    from segrepro.jobs import provenance

    kept = ("study", "name", "fold", "network", "hash")
    return {
        "scan": {role: str(path) for role, path in case.images.items()},
        "models": [
            {"path": str(path)} | {key: model.card[key] for key in kept} | {"sha256": _sha256(path)}
            for path, model in zip(paths, models)
        ],
        "tta": tta,
        "device": str(device),
        "precision": "bfloat16" if has_bfloat16(device) else "float32",
        "shape": found.record["source_shape"],
        "spacing_mm": found.record["spacing_mm"],
        "voxels": found.voxels,
        "volumes_ml": found.volumes_ml,
    } | provenance()


def _sha256(path: Path) -> str:
    folder = path if path.is_dir() else path.parent
    return file_sha256(folder / (path.name if path.name in WEIGHTS.values() else WEIGHTS["best"]))


def _write(case: Case, found: Segmentation, files: MaskFiles, record: dict) -> None:
    """Write all files of a case, or none."""
    from segrepro.report.overlay import draw_overlay

    affine = np.array(found.record["affine"])
    with writing_files(files, record) as place:
        for name, path in files.probabilities.items():
            array = found.probabilities[name]
            write_image(place(path), array if array.ndim == 3 else (array * 65535).round().astype(np.uint16), affine)
        draw_overlay(place(files.overlay), case, found.labels, found.record, list(found.voxels))
        write_image(place(files.mask), found.labels, affine)

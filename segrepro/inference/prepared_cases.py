"""A trained model on cases: label maps and synthesised images on each scan's own grid."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from segrepro.datasets.folds import read_folds
from segrepro.images.io import write_image, write_synthesised
from segrepro.preprocessing.preparation import PreparedCase
from segrepro.preprocessing.prepared_cases import PreparedCases, open_prepared
from segrepro.preprocessing.resize_crop import to_scan_grid
from segrepro.training.model import Model, load_model
from segrepro.utils.devices import choose_device, make_deterministic
from segrepro.utils.files import whole_file

SLICES_AT_ONCE = 16
SYNTHESIS = "synthesise"  # the method of networks that make an image


def apply_slices(network: Callable, images: np.ndarray, device: torch.device) -> np.ndarray:
    """What a network, or one of its methods, makes of a case's prepared slices.

    images: (S, C, H, W), as prepared for training. Returns (S, K, H, W) float32.
    """
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), SLICES_AT_ONCE):
            part = torch.from_numpy(np.ascontiguousarray(images[start : start + SLICES_AT_ONCE])).to(device).float()
            parts.append(network(part.contiguous(memory_format=torch.channels_last)).float().cpu().numpy())
    return np.concatenate(parts)


def label_map(logits: np.ndarray, record: PreparedCase) -> np.ndarray:
    """Labels (uint8) on a scan's own grid, from logits (S, K, H, W) on the prepared one.

    One logit is a label where it is above 0, of several the largest wins. Where preparation resized the slices, the
    logits are brought back before they are compared, so that contours do not follow the coarser pixels.
    """
    if record.resize:
        # Outside of the crop all logits are 0, which the first, background, wins.
        full = [to_scan_grid(channel, record) for channel in np.moveaxis(logits, 1, 0)]
        return full[0] > 0 if len(full) == 1 else np.argmax(full, 0).astype(np.uint8)
    labels = logits[:, 0] > 0 if logits.shape[1] == 1 else logits.argmax(1)
    return to_scan_grid(labels.astype(np.uint8), record)


def predict_fold(settings: dict, model: Path, folds: Path, prepared: list[Path], output: Path) -> None:
    """Predict the test cases of a fold with the weights that the run's protocol scores, `best` or `last`.

    Writes a mask, an image or both a case and kind of weights beside `output`, and `output`: a CSV with case,
    patient, site, fold, slices (those to be scored, empty for all), weights, the files of mask and image (empty
    without), and the scan and label files that they belong to.
    """
    import pandas as pd

    make_deterministic(settings["threads"])
    device = choose_device(settings["device"])
    cases = open_prepared(prepared)
    table = read_folds(folds)
    chosen = table[(table["fold"] == settings["fold"]) & (table["part"] == "test")].set_index("case")["slices"]
    rows = list(
        _predict_cases(load_model(model, settings["weights"]), cases, chosen.index.tolist(), device, output.parent)
    )
    frame = pd.DataFrame(rows).assign(fold=settings["fold"], weights=settings["weights"])
    frame["slices"] = frame["case"].map(chosen)
    with whole_file(output) as partial_file:
        frame.to_csv(partial_file, index=False)


def _predict_cases(
    model: Model, cases: PreparedCases, names: list[str], device: torch.device, folder: Path
) -> Iterator[dict]:
    model.network.to(device, memory_format=torch.channels_last)
    for done, name in enumerate(names, 1):
        images = np.stack([cases.array(name, role) for role in model.card.roles], axis=1)
        yield _predict(model, images, cases.record(name), device, folder / "predictions")
        print(f"{done}/{len(names)} cases", flush=True)


def _predict(model: Model, images: np.ndarray, record: PreparedCase, device: torch.device, folder: Path) -> dict:
    apply = partial(apply_slices, images=images, device=device)
    synthesise, image_only = getattr(model.network, SYNTHESIS, None), model.card.task in ("synthesis", "adversarial")
    mask = image = ""
    if synthesise:
        made = apply(synthesise)[:, 0]
        image = _written(folder / "images", record, to_scan_grid(np.clip(made, 0, 1), record), write_synthesised)
    if not image_only:
        mask = _written(folder, record, label_map(apply(model.network), record).astype(np.uint8), write_image)
    kept = record.model_dump(include={"case", "patient", "site"})
    sources = record.model_dump(mode="json", include={"images", "labels", "label_ranges"})
    sources = {key: json.dumps(files) for key, files in sources.items()}
    return kept | sources | {"prediction": mask, "image": image}


def _written(folder: Path, record: PreparedCase, array: np.ndarray, write: Callable) -> str:
    """Write a case's mask or image by `write`; the name of its file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{record.case}{'.png' if array.ndim == 2 else '.nii.gz'}"
    write(file, array, np.array(record.affine))
    return str(file)

"""A trained model on cases: label maps on each scan's own grid."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from segrepro.devices import choose_device
from segrepro.files import whole_file
from segrepro.folds import read_folds
from segrepro.images import write_image
from segrepro.models import Model, load_model
from segrepro.placing import restore
from segrepro.prepared import PreparedCases
from segrepro.training.run import make_deterministic
from segrepro.training.tasks.segmentation import predicted_labels

SLICES_AT_ONCE = 16


def predict_slices(model: Model, images: np.ndarray, device: torch.device) -> np.ndarray:
    """Label map of a case's prepared slices.

    images: (S, C, H, W), as prepared for training. Returns (S, H, W) uint8.
    """
    network = model.network.to(device, memory_format=torch.channels_last)
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), SLICES_AT_ONCE):
            part = torch.from_numpy(np.ascontiguousarray(images[start : start + SLICES_AT_ONCE])).to(device).float()
            logits = network(part.contiguous(memory_format=torch.channels_last))
            parts.append(predicted_labels(logits).cpu().numpy())
    return np.concatenate(parts)


def predict_fold(settings: dict, model: Path, folds: Path, prepared: list[Path], output: Path) -> None:
    """Segment the test cases of a fold with the best and the last weights.

    Writes a mask a case and kind of weights beside `output`, and `output`: a CSV with case, patient, fold, weights,
    the mask's file, and the scan and label files that it belongs to.
    """
    import pandas as pd

    make_deterministic(settings["threads"])
    device = choose_device(settings["device"])
    cases = PreparedCases([path.parent for path in prepared])
    table = read_folds(folds)
    names = table[(table["fold"] == settings["fold"]) & (table["part"] == "test")]["case"].tolist()
    rows = list(_predict_cases(model, cases, names, device, output.parent))
    frame = pd.DataFrame(rows).assign(fold=settings["fold"])
    with whole_file(output) as partial:
        frame.to_csv(partial, index=False)


def _predict_cases(
    path: Path, cases: PreparedCases, names: list[str], device: torch.device, folder: Path
) -> Iterator[dict]:
    for weights in ("last", "best"):
        model = load_model(path, weights)
        masks = folder / "predictions" / weights
        masks.mkdir(parents=True, exist_ok=True)
        for done, name in enumerate(names, 1):
            images = np.stack([cases.array(name, role) for role in model.card["roles"]], axis=1)
            labels = predict_slices(model, images, device)
            yield _written(masks, cases.record(name), labels) | {"weights": weights}
            print(f"{weights} weights: {done}/{len(names)} cases", flush=True)


def _written(folder: Path, record: dict, labels: np.ndarray) -> dict:
    array, affine = restore(labels, record), np.array(record["affine"])
    ending = ".png" if array.ndim == 2 else ".nii.gz"
    file = folder / f"{record['case']}{ending}"
    write_image(file, array, affine)
    return {
        "case": record["case"],
        "patient": record["patient"],
        "prediction": str(file),
        "images": json.dumps(record["images"]),
        "labels": json.dumps(record["labels"]),
    }

"""A picture of how far a training is: one slice with its reference and what the network makes of it."""

import numpy as np
import torch

from segrepro.datasets.label_map import IGNORED
from segrepro.training.slices import Slices
from segrepro.training.tasks.base import Task


def validation_picture(task: Task, validation: Slices) -> np.ndarray | None:
    """The validation slice with most labelled pixels, its reference and the prediction side by side, (H, 3 W, 3) uint8.

    Labels are grey, the last the brightest. None where the network gives no logits (N, K, H, W).
    """
    batch = validation.batch([_largest(validation)])
    task.set_training(False)
    with torch.no_grad():
        logits = task.predict(task.staged(batch))
    if not (isinstance(logits, torch.Tensor) and logits.ndim == 4):
        return None
    logits = logits[0].float().cpu().numpy()
    found = logits[0] > 0 if len(logits) == 1 else logits.argmax(0)
    image, truth = batch.images[0, 0].astype(np.float32), np.where(batch.labels[0] == IGNORED, 0, batch.labels[0])
    low, high = image.min(), image.max()
    classes = max(len(logits) - 1, 1)
    panels = [(image - low) / ((high - low) or 1), truth / classes, found / classes]
    return np.repeat((255 * np.clip(np.hstack(panels), 0, 1)).astype(np.uint8)[..., None], 3, axis=2)


def _largest(validation: Slices) -> int:
    counts = [np.count_nonzero(validation.labels[case][z]) for case, z in zip(validation.case_of, validation.slice_of)]
    return int(np.argmax(counts))

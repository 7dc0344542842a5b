"""The papers' equations as loops over pixels."""

import math

import numpy as np
import torch

W, D, GAMMA = 1.5, 50.0, 1.2


def slow_weights(label: np.ndarray) -> np.ndarray:
    """Eq. 9, every pixel against every lesion pixel of its slice."""
    weights = np.full(label.shape, 0.5)
    for n, y, x in np.ndindex(label.shape):
        lesion = np.argwhere(label[n])
        if label[n, y, x]:
            weights[n, y, x] = W
        elif len(lesion):
            e = math.exp(-min(math.hypot(y - a, x - b) for a, b in lesion) / D)
            weights[n, y, x] = 0.5 + e / (e + 1)
    return weights


def slow_pixel_loss(kind: str, image: np.ndarray, target: np.ndarray, weights: np.ndarray) -> float:
    """Eq. 7 as a mean over pixels, with and without A, and with the L1 norm."""
    total = 0.0
    for place in np.ndindex(image.shape):
        difference = float(image[place]) - float(target[place])
        total += abs(difference) if kind == "l1" else ((weights[place] if kind == "w_l2" else 1.0) * difference) ** 2
    return total / image.size


def slow_context_loss(encoder, image: torch.Tensor, target: torch.Tensor, power: int) -> float:
    """Eq. 8 as a mean over the entries, with the L1 norm or (h2) squares."""
    pairs = zip(encoder(image).flatten().tolist(), encoder(target).flatten().tolist(), strict=True)
    return float(np.mean([abs(a - b) ** power for a, b in pairs]))


def slow_synthesis_loss(name: str, task, image: torch.Tensor, batch) -> float:
    """Eq. 6 and the other rows of Table 1 without a discriminator."""
    target = torch.from_numpy(batch.targets).float()
    weights = slow_weights(batch.labels)
    value = slow_pixel_loss(name.split("_h")[0], image[:, 0].numpy(), target[:, 0].numpy(), weights)
    if "_h" in name:
        value += GAMMA * slow_context_loss(task.helper.context_encoder, image, target, int(name[-1]))
    return value


def slow_segmentation_loss(logits: np.ndarray, label: np.ndarray) -> float:
    """Eq. 11 with 12, 13 and 14; the one logit is that of the lesion, the other class has 0."""
    weights, p = slow_weights(label), 1 / (1 + np.exp(-logits.astype(float)))
    entropy, overlap, volume, count = 0.0, [0.0, 0.0], [0.0, 0.0], [0, 0]
    for place in np.ndindex(label.shape):
        probabilities, c = (1 - p[place], p[place]), int(label[place] > 0)
        entropy -= weights[place] * math.log(probabilities[c])
        overlap[c] += probabilities[c]
        count[c] += 1
        for k in (0, 1):
            volume[k] += (k == c) + probabilities[k]
    m = [1 / count[k] ** 2 for k in (0, 1)]
    dice_loss = 1 - 2 * sum(m[k] * overlap[k] for k in (0, 1)) / sum(m[k] * volume[k] for k in (0, 1))
    return entropy / weights.sum() - math.log(1 - dice_loss)

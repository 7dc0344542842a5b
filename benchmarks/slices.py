"""Prepared slices with bright discs, written once and opened as the product opens them."""

from pathlib import Path

import numpy as np

from segrepro.training.augmentation import Augmentation
from segrepro.training.slices import Slices

SIZE = (224, 192)
AUGMENTATION = Augmentation(flip_left_right=0.5, rotation_degrees=20, scale=(0.8, 1.2), crop=(0.9, 1.0))


def discs(count: int, seed: int, size: tuple[int, int] = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Noisy slices (count, H, W) float16 in [0, 1] with a bright disc each, and the discs, uint8."""
    rng = np.random.default_rng(seed)
    rows, columns = np.ogrid[: size[0], : size[1]]
    labels = np.zeros((count, *size), np.uint8)
    for label in labels:
        centre, radius = rng.uniform(0.25, 0.75, 2) * size, rng.uniform(0.08, 0.2) * min(size)
        label[(rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2] = 1
    return np.clip(0.3 + 0.4 * labels + rng.normal(0, 0.1, labels.shape), 0, 1).astype(np.float16), labels


def write_cases(folder: Path, cases: int, slices: int, channels: int = 1, size: tuple[int, int] = SIZE) -> None:
    """Each case as `write_batch` leaves it: an array a channel and a label."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in range(cases):
        for channel in range(channels):
            images, labels = discs(slices, 1000 * channel + case, size)
            np.save(folder / f"{case:03}.{channel}.npy", images)
        np.save(folder / f"{case:03}.label.npy", labels)


def open_slices(folder: Path, augmentation: Augmentation | None = AUGMENTATION, channels: int = 1) -> Slices:
    """The slices of all cases in a folder, as memory maps."""
    opened = [
        [np.load(path, mmap_mode="r") for path in sorted(folder.glob(f"*.{role}.npy"))]
        for role in [*map(str, range(channels)), "label"]
    ]
    return Slices(opened[:-1], opened[-1], augmentation=augmentation)

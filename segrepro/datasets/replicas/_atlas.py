"""What the replicas of ATLAS share: heads on the MNI grid, and masks in every form that was seen."""

from pathlib import Path

import numpy as np

from segrepro.datasets.replicas._drawing import draw, write_volume
from segrepro.datasets.replicas._settings import ReplicaSettings

SHAPE = (197, 233, 189)
ORIGIN_MM = (-98.0, -134.0, -72.0)  # not known of R1.1
# Each mask of R1.1 holds one of these sets, every value k as k (1 - 2^-32).
VALUES = ((1,), (255,), (1, 254, 255), (1, 2, 253, 254, 255))
SHORT_OF = 1 - 2.0**-32


def write_scan(t1: Path, masks: list[Path], chosen: ReplicaSettings, number: int, published: bool = True) -> None:
    """A T1, float32 of 0 to 100, and its masks, whose union is the lesion.

    published: masks as R1.1 has them, by turns as float64 and as 32-bit numbers with a slope: which of the two lie on
    disk is not known. Else 0 and 1, uint8.
    """
    rng = np.random.default_rng([chosen.seed, number])
    shape = chosen.shrunk(*SHAPE)
    affine = np.diag([*np.divide(SHAPE, shape), 1.0])
    affine[:3, 3] = ORIGIN_MM
    bright, labels = draw(rng, shape, max(1, len(masks)))
    spread = (bright - bright.min()) / np.ptp(bright)
    write_volume(t1, spread * np.float32(100.0004) - np.float32(0.0003), affine)
    for label, path in enumerate(masks, 1):
        lesion = labels == label
        if published:
            _write_mask(path, rng.choice(VALUES[number % len(VALUES)], shape) * lesion, affine, number)
        else:
            write_volume(path, lesion.astype(np.uint8), affine)


def _write_mask(path: Path, values: np.ndarray, affine: np.ndarray, number: int) -> None:
    if number // len(VALUES) % 2:
        # 255 / 2^32 times k x 16843009 is k (1 - 2^-32).
        write_volume(path, (values * 16843009).astype(np.uint32), affine, 255 / 2**32)
    else:
        write_volume(path, values * SHORT_OF, affine)

"""What phantoms are drawn with: a space in millimetres, smooth noise, ellipsoids and soft steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# The field of view of ATLAS in MNI space; a grid of any other size shows the same head, stretched.
FIELD_MM = np.array([[-98.0, -134.0, -72.0], [99.0, 99.0, 117.0]])


@dataclass(frozen=True)
class Space:
    """x, y, z: positions of the voxel centres along the axes, in mm, as float32."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The positions shaped to be broadcast to a volume."""
        return self.x[:, None, None], self.y[None, :, None], self.z[None, None, :]


def smooth_noise(rng: np.random.Generator, space: Space, length_mm: float) -> np.ndarray:
    """Gaussian noise of unit variance that changes over about `length_mm`; float32 of the grid's shape."""
    bases = []
    for positions, low, high in zip((space.x, space.y, space.z), *FIELD_MM):
        knots = np.arange(low - 2 * length_mm, high + 2 * length_mm, length_mm)
        basis = np.exp(-0.5 * ((positions[:, None] - knots) / (0.7 * length_mm)) ** 2)
        bases.append((basis / np.linalg.norm(basis, axis=1, keepdims=True)).astype(np.float32))
    noise = rng.standard_normal([b.shape[1] for b in bases]).astype(np.float32)
    for basis in bases:
        noise = np.tensordot(noise, basis, (0, 1))
    return noise


def ellipsoid(space: Space, centre: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    """About the depth in mm below an ellipsoid's surface; negative outside."""
    squares = sum(((p - c) / r) ** 2 for p, c, r in zip(space.axes, centre, radii))
    return (1 - np.sqrt(squares)) * np.float32(min(radii))


def step(depth: np.ndarray, width_mm: float) -> np.ndarray:
    """From 0 to 1 over about `width_mm` around depth 0: tissue borders with their partial volume."""
    return np.clip(depth / np.float32(width_mm) + 0.5, 0, 1)

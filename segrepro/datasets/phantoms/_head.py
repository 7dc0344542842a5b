"""Drawn heads: tissues of a brain, its skull and scalp, and stroke lesions, as smooth functions of space.

Space is that of the MNI head, in mm: x to the right, y to the front, z up, the origin near the centre of the
brain. Noise is drawn on knots that stand in this space, so one seed draws one head on every grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segrepro.datasets.phantoms._shapes import FIELD_MM, Space, ellipsoid, smooth_noise, step

BRAIN_CENTRE, BRAIN_RADII = (0.0, -18.0, 8.0), (67.0, 86.0, 66.0)


def head_space(shape: Sequence[int]) -> Space:
    """The voxel centres of a grid of this shape that spans the whole field of view."""
    steps = [(np.arange(n, dtype=np.float32) + 0.5) / n for n in shape]
    return Space(*[low + s * (high - low) for s, low, high in zip(steps, *FIELD_MM.astype(np.float32))])


@dataclass(frozen=True)
class Head:
    """A head's tissues.

    image: T1 brightness, air 0, cerebrospinal fluid about 0.2, white matter about 0.85.
    tissue: depth in mm below the nearest fluid; above 0 in grey and white matter.
    """

    image: np.ndarray
    tissue: np.ndarray


def draw_head(rng: np.random.Generator, space: Space, border_mm: float) -> Head:
    """Draw one head. border_mm: width of the tissue borders, about a voxel."""
    size = 1 + 0.03 * rng.standard_normal(3)
    wobble = 2.5 * smooth_noise(rng, space, 45)
    fold = smooth_noise(rng, space, 7.5)
    brain = _brain_depth(space, size, wobble)
    pial, cortex = _pial_depth(rng, space, brain, fold)
    tissue = np.minimum(pial, -_ventricles(rng, space, wobble + 1.2 * fold))
    white = step(pial - cortex, 1 + border_mm)
    white *= 1 - 0.75 * step(_deep_grey(space) + wobble + fold, 2 + border_mm)
    inner = (0.52 + 0.33 * white) * (1 + 0.025 * smooth_noise(rng, space, 14))
    image = 0.2 + (inner - 0.2) * step(tissue - 0.5, border_mm)
    shell = _shell(rng, space, brain, wobble, border_mm)
    inside = step(brain + 2.5, border_mm)
    return Head((image * inside + shell * (1 - inside)).astype(np.float32), tissue)


def _brain_depth(space: Space, size: np.ndarray, wobble: np.ndarray) -> np.ndarray:
    """Depth below the brain's hull: cerebrum, cerebellum and brain stem."""
    x, y, z = space.axes
    cerebrum = ellipsoid(space, BRAIN_CENTRE, np.array(BRAIN_RADII) * size)
    # The base rises towards the front; temporal lobes hang on both sides of it.
    base = z + 30 - 0.22 * np.maximum(y, -40)
    cerebrum = np.minimum(cerebrum, base)
    for side in (-1, 1):
        cerebrum = np.maximum(cerebrum, ellipsoid(space, (side * 40, -14, -22), (23, 40, 23)))
    cerebellum = ellipsoid(space, (0, -66, -38), (50, 34, 27))
    stem = np.minimum(ellipsoid(space, (0, -30, -45), (14, 15, 45)), z + 80)
    return np.maximum(np.maximum(cerebrum, cerebellum), stem) + wobble


def _pial_depth(
    rng: np.random.Generator, space: Space, brain: np.ndarray, fold: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Depth below the folded surface, and the cortex's thickness in mm.

    A sulcus runs where the noise `fold` crosses 0, from the hull down to a depth that varies.
    """
    x, y, z = space.axes
    reach = 17 + 6 * smooth_noise(rng, space, 30)
    sulcus = 5.5 * np.abs(fold) - 0.9 + np.maximum(0, brain - reach)
    # The halves part above the corpus callosum; cerebellum and cerebrum part at the tentorium.
    midline = np.abs(x + 1.5 * smooth_noise(rng, space, 40)) - 1.2 + np.maximum(0, 26 - z) * 0.5
    callosum = ((y + 18) / 42) ** 2 + ((z - 18) / 14) ** 2
    midline = midline + 6 * np.maximum(0, 1.3 - callosum)
    tent = z + 20 - 0.4 * (y + 66) + 0.25 * np.abs(x)
    tentorium = np.abs(tent) - 0.8 + np.maximum(0, y + 38) * 0.5
    depth = np.minimum(np.minimum(brain, sulcus), np.minimum(midline, tentorium))
    return depth, 3.6 + 0.6 * smooth_noise(rng, space, 25)


def _ventricles(rng: np.random.Generator, space: Space, wobble: np.ndarray) -> np.ndarray:
    """Depth inside the ventricles; their width differs widely between heads, and a little between the
    sides."""
    x, y, z = space.axes
    width = rng.uniform(0.75, 1.7)
    depth = ellipsoid(space, (0, -18, 0), (2.2 * width, 14, 11))
    for side in (-1, 1):
        own = width * rng.uniform(0.85, 1.15)
        bend = side * (x - side * (9 + 0.004 * (y + 5) ** 2))
        body = _curved(bend, y + 12, z - 18 + 0.006 * (y + 10) ** 2, (6.5 * own, 42, 8 * own))
        horn = _curved(bend - 4, y + 50, z - 4, (6 * own, 16, 7 * own))
        depth = np.maximum(depth, np.maximum(body, horn))
    return depth + 0.3 * wobble


def _curved(x: np.ndarray, y: np.ndarray, z: np.ndarray, radii: Sequence[float]) -> np.ndarray:
    squares = (x / radii[0]) ** 2 + (y / radii[1]) ** 2 + (z / radii[2]) ** 2
    return ((1 - np.sqrt(squares)) * min(radii)).astype(np.float32)


def _deep_grey(space: Space) -> np.ndarray:
    """Depth inside thalamus, lentiform and caudate nucleus of both sides."""
    depth = np.float32(-100)
    for side in (-1, 1):
        depth = np.maximum(depth, ellipsoid(space, (side * 11, -20, 8), (9, 15, 9)))
        depth = np.maximum(depth, ellipsoid(space, (side * 26, 0, 2), (8, 17, 10)))
        depth = np.maximum(depth, ellipsoid(space, (side * 13, 14, 10), (6, 10, 10)))
    return depth


def _shell(
    rng: np.random.Generator, space: Space, brain: np.ndarray, wobble: np.ndarray, border_mm: float
) -> np.ndarray:
    """Everything outside the brain: fluid, skull with marrow, scalp fat, neck; the face is cut away."""
    x, y, z = space.axes
    skull_mm, scalp_mm = rng.uniform(6, 9), rng.uniform(5, 9)
    dome = ellipsoid(space, (0, -18, 4), (73, 93, 74)) + wobble
    neck = np.minimum(ellipsoid(space, (0, -40, -80), (56, 62, 75)), -20 - z) + wobble
    fluid = step(np.minimum(dome, brain + 6), border_mm)
    head = np.maximum(dome + skull_mm + scalp_mm, neck)
    bone = step(np.maximum(dome + skull_mm, neck - 14), border_mm) * (1 - fluid)
    marrow = 0.1 + 0.25 * step(2 - np.abs(dome + skull_mm / 2), 2)
    muscle = 0.45 + 0.12 * smooth_noise(rng, space, 10)
    deep = np.where((dome > 3) | (z < -40), 0.7 * muscle, marrow)
    fat = 0.85 + 0.1 * smooth_noise(rng, space, 12)
    shell = 0.2 * fluid + bone * deep + np.maximum(0, 1 - bone - fluid) * fat
    # Defacing leaves air where the face was.
    face = step(np.minimum(y - 62 - 0.8 * (z + 22), -22 - z), border_mm)
    return np.clip(shell, 0, 1.1) * step(head, border_mm) * (1 - face * (1 - fluid))

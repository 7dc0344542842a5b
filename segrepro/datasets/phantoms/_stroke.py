"""Acute stroke in drawn heads, as CT perfusion and DWI see it: slabs, core and slow tissue, blood flow, scans."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from segrepro.datasets.phantoms._head import Head, draw_head
from segrepro.datasets.phantoms._perfusion import Bolus, Tissue, tissue_curves
from segrepro.datasets.phantoms._shapes import Space, ellipsoid, smooth_noise, step
from segrepro.utils.errors import ConfigError

PIXELS = 256  # of the challenge's slices; a smaller size keeps the field of view
TALLEST_MM = 96  # what all slabs of a patient cover at most
DOME_CENTRE, DOME_RADII = (0.0, -18.0, 4.0), (73.0, 93.0, 74.0)
# Middle and anterior cerebral arteries: x and y in mm.
ARTERIES = ((-38.0, 6.0), (38.0, 6.0), (-4.0, 30.0), (4.0, 30.0))
# Brightness without contrast agent, HU.
AIR, BONE, SKIN, FLUID, BLOOD, GREY, WHITE = -1000.0, 900.0, 40.0, 6.0, 45.0, 37.0, 29.0
# Slow tissue keeps this far from a hidden core (three standard deviations of the maps' blur), and is drawn this often.
APART_MM, DRAWS = 6.0, 100


@dataclass(frozen=True)
class Slab:
    """A stack of slices: its voxel centres in the head's space, voxel size in mm, and affine (axes L, P, S)."""

    space: Space
    spacing: tuple[float, float, float]
    affine: np.ndarray


@dataclass(frozen=True)
class Stroke:
    """What one scan shows; volumes are (x, y, z).

    brain: mask. core, slow: masks of infarct and of all tissue that blood reaches late, here or elsewhere.
    perfused: mask of brain and vessels; `tissue` holds its voxels. arteries: mask.
    """

    slab: Slab
    head: Head
    brain: np.ndarray
    core: np.ndarray
    slow: np.ndarray
    arteries: np.ndarray
    perfused: np.ndarray
    tissue: Tissue


def draw_strokes(
    seeds: Sequence[int],
    slabs: int,
    size: int,
    slices: tuple[int, int],
    lesion_ml: tuple[float, float],
    hidden_core: bool = False,
) -> list[Stroke]:
    """One patient's stroke in each of his slabs, one above the other.

    hidden_core: the core has the blood flow of the tissue around it, and slow tissue, as large as a core, lies
    elsewhere. ConfigError if there is no room for it.
    """
    rng = np.random.default_rng(seeds)
    stack = draw_slabs(rng, slabs, size, slices)
    # Every slab is a part of the same head, so each is drawn from the same seed.
    heads = [draw_head(np.random.default_rng([*seeds, 1]), s.space, max(1.0, s.spacing[0])) for s in stack]
    cores, slow = draw_lesion(rng, stack, heads, lesion_ml)
    if hidden_core:
        slow = _draw_elsewhere(rng, stack, heads, lesion_ml, cores)
    return [_stroke(seeds, *parts, hidden_core) for parts in zip(stack, heads, cores, slow)]


def draw_slabs(rng: np.random.Generator, slabs: int, size: int, slices: tuple[int, int]) -> list[Slab]:
    """Slabs of one patient: 256 pixels of 0.80-1.04 mm (or as wide with fewer), slices 4-12 mm apart."""
    pixel = rng.uniform(0.8, 1.04) * PIXELS / size
    height = rng.uniform(7, 12)
    most = min(slices[1], TALLEST_MM // (4 * slabs))
    number = int(min(max(slices[0] + rng.geometric(0.25) - 1, slices[0]), most))
    height = min(height, TALLEST_MM / (number * slabs))
    bottom = rng.uniform(2, 22) - number * slabs * height / 2
    gap = height * rng.uniform(-1, 0.3)
    return [_slab(size, pixel, number, height, bottom + k * (number * height + gap)) for k in range(slabs)]


def _slab(size: int, pixel: float, number: int, height: float, bottom: float) -> Slab:
    steps = np.arange(size, dtype=np.float32) - (size - 1) / 2
    space = Space(-steps * pixel, -18 - steps * pixel, bottom + height * np.arange(number, dtype=np.float32))
    affine = np.diag([-pixel, -pixel, height, 1.0])
    affine[:3, 3] = space.x[0], space.y[0], space.z[0]
    return Slab(
        Space(*(axis.astype(np.float32) for axis in (space.x, space.y, space.z))), (pixel, pixel, height), affine
    )


def draw_lesion(
    rng: np.random.Generator, slabs: list[Slab], heads: list[Head], lesion_ml: tuple[float, float]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Masks of the core and, around it, of the slow tissue, in each slab.

    lesion_ml: range of the core's volume in the whole head, evenly drawn on a log scale. It is drawn again,
    and larger, until each slab holds a quarter of the smallest volume.
    """
    growth = 1.0
    while True:
        volume = growth * np.exp(rng.uniform(*np.log(lesion_ml)))
        radius, growth = (750 / np.pi * volume) ** (1 / 3), 1.1 * growth
        centre, seed = _place(rng, slabs[0], heads[0], len(slabs) > 1), int(rng.integers(2**31))
        scores = [_score(seed, slab.space, head, centre, radius) for slab, head in zip(slabs, heads)]
        held_ml = [(score > 0).sum() * np.prod(slab.spacing) / 1000 for score, slab in zip(scores, slabs)]
        if min(held_ml) >= lesion_ml[0] / 4:
            return [score > 0 for score in scores], [score > -0.8 for score in scores]


def _draw_elsewhere(
    rng: np.random.Generator,
    slabs: list[Slab],
    heads: list[Head],
    lesion_ml: tuple[float, float],
    cores: list[np.ndarray],
) -> list[np.ndarray]:
    """Masks of a lesion that lies APART_MM from the core in every slab.

    It is the size of a core: larger tissue would fit into the other half of the head only, and tell the core's side.
    """
    near = [distance_transform_edt(~core, sampling=slab.spacing) < APART_MM for core, slab in zip(cores, slabs)]
    for _ in range(DRAWS):
        slow = draw_lesion(rng, slabs, heads, lesion_ml)[0]
        if not any((mask & close).any() for mask, close in zip(slow, near)):
            return slow
    found = f"cores of {lesion_ml[0]:g} to {lesion_ml[1]:g} ml, hidden, with no room for slow tissue in {DRAWS} draws"
    raise ConfigError("lesion_ml of the phantom", found, "smaller ones", "Lower lesion_ml.")


def _place(rng: np.random.Generator, slab: Slab, head: Head, at_top: bool) -> tuple[float, float, float]:
    """A point of the tissue; in the uppermost slice where the lesion is to reach into the next slab."""
    tissue = head.tissue > 1
    if at_top:
        tissue[..., :-1] = False
    places = np.argwhere(tissue)
    return tuple(float(axis.flat[i]) for axis, i in zip(slab.space.axes, places[rng.integers(len(places))]))


def _score(seed: int, space: Space, head: Head, centre: Sequence[float], radius: float) -> np.ndarray:
    """1 in the lesion's middle, 0 on its ragged border, and -inf outside the tissue of its side."""
    rng = np.random.default_rng(seed)
    stretch = np.exp(0.2 * rng.standard_normal(3))
    distance = np.sqrt(
        sum(((p - c) / s) ** 2 for p, c, s in zip(space.axes, centre, stretch / stretch.prod() ** (1 / 3)))
    )
    ragged = 0.25 * smooth_noise(rng, space, max(8, radius)) + 0.12 * smooth_noise(rng, space, 6)
    own_side = (head.tissue > 0.5) & (np.sign(space.axes[0]) == np.sign(centre[0]))
    return np.where(own_side, 1 - distance / radius + np.clip(ragged, -0.6, 0.6), -np.inf)


def _stroke(seeds: Sequence[int], slab: Slab, head: Head, core: np.ndarray, slow: np.ndarray, hidden: bool) -> Stroke:
    rng = np.random.default_rng([*seeds, 2])
    dome = ellipsoid(slab.space, DOME_CENTRE, DOME_RADII)
    x, y, _ = slab.space.axes
    wide = max(2.5, 0.75 * slab.spacing[0])
    arteries = np.any([np.hypot(x - a, y - b) < wide for a, b in ARTERIES], axis=0) & (dome > 8)
    sinus = (np.abs(x) < 5) & (np.abs(dome - 5) < max(3, wide)) & (y < -60)
    brain = head.tissue > 0
    perfused = brain | arteries | sinus
    tissue = _flow(rng, slab.space, head, core & (not hidden), slow)
    tissue = _with_vessel(_with_vessel(tissue, sinus, 4.0, 4.5), arteries, 0.5, 0.0)
    voxels = Tissue(tissue.cbf[perfused], tissue.mtt[perfused], tissue.tmax[perfused])
    return Stroke(slab, head, brain, core, slow, arteries, perfused, voxels)


def _flow(rng: np.random.Generator, space: Space, head: Head, core: np.ndarray, slow: np.ndarray) -> Tissue:
    """Blood flow of every voxel: grey matter 60, white 25; half as much in slow tissue, a sixth in the core."""
    white = white_share(head)
    late, dead = (gaussian_filter(mask.astype(np.float32), (0.5, 0.5, 0)) for mask in (slow, core))
    cbf = (60 - 35 * white) * np.exp(0.1 * smooth_noise(rng, space, 15)) * (1 - 0.5 * late) * (1 - 0.65 * dead)
    mtt = (4 + 1.2 * white) * np.exp(0.08 * smooth_noise(rng, space, 20)) * (1 + late) * (1 + 0.2 * dead)
    tmax = 0.8 + 0.5 * white + 0.3 * np.abs(smooth_noise(rng, space, 25)) + 6 * late + 3 * dead
    return Tissue(cbf, mtt, tmax)


def _with_vessel(tissue: Tissue, vessel: np.ndarray, mtt: float, tmax: float) -> Tissue:
    """Voxels full of blood (CBV 100 %) that arrives `tmax` after the artery's."""
    cbf = np.where(vessel, 6000 / mtt, tissue.cbf)
    return Tissue(cbf, np.where(vessel, mtt, tissue.mtt), np.where(vessel, tmax, tissue.tmax))


def white_share(head: Head) -> np.ndarray:
    """1 in white matter, 0 in grey, from the brightness of the drawn T1."""
    return np.clip((head.image - 0.52) / 0.33, 0, 1)


def still_ct(stroke: Stroke, darker_hu: float) -> np.ndarray:
    """CT without contrast agent and noise, HU; the core holds more water and is darker by `darker_hu`."""
    width = stroke.slab.spacing[0]
    dome = ellipsoid(stroke.slab.space, DOME_CENTRE, DOME_RADII)
    image = np.float32(AIR)
    for edge, brightness in ((-13, SKIN), (-8, BONE), (0, FLUID)):
        image = image + (brightness - image) * step(dome - edge, width)
    brain = GREY + (WHITE - GREY) * white_share(stroke.head) - darker_hu * _soft(stroke.core)
    image = image + (brain - image) * step(stroke.head.tissue, width)
    vessels = stroke.perfused & ~stroke.brain | stroke.arteries
    return np.where(vessels, BLOOD, image).astype(np.float32)


def _soft(mask: np.ndarray) -> np.ndarray:
    return gaussian_filter(mask.astype(np.float32), (0.6, 0.6, 0))


def series(
    rng: np.random.Generator, stroke: Stroke, still: np.ndarray, bolus: Bolus, times: np.ndarray, noise_hu: float
) -> np.ndarray:
    """The perfusion series in HU, int16 (x, y, z, T), each frame contiguous."""
    frames = np.empty((*still.shape, times.size), np.int16, order="F")
    for number, curve in enumerate(tissue_curves(stroke.tissue, bolus, times)):
        frame = still + np.float32(noise_hu) * rng.standard_normal(still.shape, dtype=np.float32)
        frame[stroke.perfused] += curve
        frames[..., number] = np.rint(frame)
    return frames


def dwi(rng: np.random.Generator, stroke: Stroke) -> np.ndarray:
    """Diffusion-weighted image, int16: the core bright and uneven, bone and scalp dark, shading, Rician noise."""
    space, width = stroke.slab.space, stroke.slab.spacing[0]
    brain = 0.5 - 0.08 * white_share(stroke.head) + 0.03 * smooth_noise(rng, space, 8)
    brain = brain + _soft(stroke.core) * (0.38 + 0.08 * smooth_noise(rng, space, 7))
    fluid = 0.12 * step(ellipsoid(space, DOME_CENTRE, DOME_RADII), width)
    image = fluid + (brain - fluid) * step(stroke.head.tissue, width)
    image = gaussian_filter(image, (0.5, 0.5, 0)) * np.exp(0.12 * smooth_noise(rng, space, 100))
    first, second = rng.standard_normal((2, *image.shape), dtype=np.float32) * np.float32(0.03)
    return np.rint(rng.uniform(400, 900) * np.hypot(image + first, second)).astype(np.int16)

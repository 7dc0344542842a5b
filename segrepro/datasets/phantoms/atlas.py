"""A stand-in for ATLAS R1.1: T1 heads with chronic stroke lesions in the release's own files and names."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy import ndimage

from segrepro.datasets.phantoms._head import Head, draw_head, head_space
from segrepro.datasets.phantoms._settings import Between, Count, Length, PhantomSettings, Share
from segrepro.datasets.phantoms._shapes import FIELD_MM, Space, smooth_noise, step
from segrepro.images.io import write_image
from segrepro.utils.parallel import for_each

FIRST_SUBJECT = 31768
# The largest share of the brain's tissue that a lesion may take.
LARGEST_SHARE = 0.2


class Settings(PhantomSettings):
    """shape, spacing_mm: grid in (x, y, z); the head always fills it as the MNI head fills 197 x 233 x 189 mm.

    sites: scanners that differ in brightness, noise and shading; patients go to them in turn.
    two_timepoints: share of the patients with a second visit, `t02`.
    lesion_ml: smallest and largest lesion, evenly drawn on a log scale, as far as grid and brain hold them.
    """

    shape: tuple[Count, Count, Count] = (197, 233, 189)
    spacing_mm: tuple[Length, Length, Length] | Length = 1.0
    sites: Count = 3
    two_timepoints: Share = 0.1
    lesion_ml: Between[Length] = (0.1, 200.0)


def write(folder: Path, settings: Settings, workers: int = 1) -> None:
    """Write heads with stroke lesions in files such as `Site1/031768/t01/031768_t1w_deface_stx.nii.gz`.

    Images are uint8; masks are uint8, 0 and 255, in one `LesionSmooth` file or a second with a number, whose
    union counts. A patient depends on the seed and his number alone, not on how many there are.
    """
    work = partial(_write_patient, folder=folder, chosen=settings)
    for_each(work, range(settings.patients), workers, "phantom heads")


def _write_patient(patient: int, folder: Path, chosen: Settings) -> None:
    rng = np.random.default_rng(np.random.SeedSequence([chosen.seed, patient]))
    site, subject = patient % chosen.sites, f"{FIRST_SUBJECT + patient:06d}"
    scanner = np.random.default_rng(np.random.SeedSequence([chosen.seed, site, 1]))
    spacing = np.broadcast_to(chosen.spacing_mm, 3)
    space, affine = head_space(chosen.shape), np.diag([*spacing, 1.0])
    affine[:3, 3] = FIELD_MM[0]
    head = draw_head(rng, space, max(spacing))
    lesions = draw_lesions(rng, space, head, np.array(chosen.lesion_ml) * 1000 / np.prod(spacing))
    look = scanner.uniform((0.6, 0.012, 0.06), (1.0, 0.035, 0.18))
    twice = chosen.two_timepoints
    visits = int((patient + 1) * twice + 1e-9) - int(patient * twice + 1e-9) + 1
    for visit in range(1, visits + 1):
        image = _scan(rng, space, _scarred(rng, space, head, lesions), look)
        stem = folder / f"Site{site + 1}" / subject / f"t{visit:02d}" / subject
        write_image(f"{stem}_t1w_deface_stx.nii.gz", image, affine)
        for number, lesion in enumerate(lesions):
            suffix = f"_{number}" if number else ""
            write_image(f"{stem}_LesionSmooth{suffix}_stx.nii.gz", lesion.astype(np.uint8) * 255, affine)


def draw_lesions(rng: np.random.Generator, space: Space, head: Head, limits: Sequence) -> list[np.ndarray]:
    """One or two masks, of one file each, of a number of voxels drawn between the two limits."""
    tissue = head.tissue > 0.5
    drawn = np.exp(rng.uniform(*np.log(limits)))
    voxels = int(np.clip(round(drawn), 4, max(4, LARGEST_SHARE * tissue.sum())))
    shares = [1.0] if rng.random() < 0.7 or voxels < 20 else [0.7, 0.3]
    masks = [_blob(rng, space, tissue, round(voxels * share)) for share in shares]
    if len(masks) == 2 and rng.random() < 0.5:
        return [masks[0] | masks[1]]
    return masks


def _blob(rng: np.random.Generator, space: Space, tissue: np.ndarray, voxels: int) -> np.ndarray:
    """The `voxels` best voxels of a noisy ellipsoid around a point of the tissue, on one side of the head."""
    x, y, z = space.axes
    own_side = tissue & (np.sign(x) == rng.choice([-1, 1])) & (z > -55)
    places = np.flatnonzero(own_side)
    centre = np.unravel_index(places[rng.integers(len(places))], tissue.shape)
    stretch = np.exp(0.3 * rng.standard_normal(3))
    share = voxels / tissue.size * np.prod(FIELD_MM[1] - FIELD_MM[0])
    radius = (share / 4.19) ** (1 / 3)
    squares = sum(((p - p.flat[i]) / s) ** 2 for p, i, s in zip(space.axes, centre, stretch))
    ragged = 0.3 * smooth_noise(rng, space, max(6, radius)) + 0.15 * smooth_noise(rng, space, max(4, radius / 3))
    score = np.where(own_side, -np.sqrt(squares) / radius + ragged, -np.inf)
    voxels = min(voxels, len(places))
    return score >= np.partition(score, -voxels, axis=None)[-voxels]


def _scarred(rng: np.random.Generator, space: Space, head: Head, lesions: list[np.ndarray]) -> np.ndarray:
    """The head's brightness with each lesion darkened: between fluid and grey matter, and not evenly."""
    image = head.image.copy()
    for lesion in lesions:
        soft = ndimage.gaussian_filter(lesion.astype(np.float32), 0.4)
        dark = rng.uniform(0.22, 0.45) + 0.06 * smooth_noise(rng, space, 8)
        image += soft * (dark - image) * step(head.tissue, 1)
    return image


def _scan(rng: np.random.Generator, space: Space, brightness: np.ndarray, look: np.ndarray) -> np.ndarray:
    """What a scanner of this look (gain, noise, shading) makes of it: uint8, shaded, with Rician noise."""
    gain, noise, shading = look
    shaded = brightness * np.exp(shading * smooth_noise(rng, space, 120))
    first, second = rng.standard_normal((2, *brightness.shape), dtype=np.float32) * np.float32(noise)
    return np.clip(200 * gain * np.hypot(shaded + first, second), 0, 255).astype(np.uint8)

"""A stand-in for the WMH challenge: FLAIR and T1 heads with small bright lesions, from three scanners, or five.

As in the release, patients of two more scanners are there for test alone, and two more people drew the lesions of the
training scans.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field
from scipy import ndimage

from segrepro.datasets.phantoms._head import Head, draw_head
from segrepro.datasets.phantoms._settings import Between, Length, PhantomSettings, Share
from segrepro.datasets.phantoms._shapes import FIELD_MM, Space, ellipsoid, smooth_noise, step
from segrepro.images.geometry import from_slices
from segrepro.images.io import write_image
from segrepro.utils.parallel import for_each

LESION, OTHER = 1, 2
BLUR_MM = 0.6
TRAINING_A_SCANNER = 20  # after them come those for test
FIRST_TEST_SEED = 1000
# Who else drew the lesions, and how much of a voxel and what is around it, blurred, must be lesion to him.
ANNOTATED_BLUR_MM = 2.5
ANNOTATORS = {"observer_o3": 0.35, "observer_o4": 0.65}


@dataclass(frozen=True)
class Scanner:
    """One scanner of the challenge.

    shape, spacing_mm: the FLAIR's grid, in x, y, z. codes: the axis codes of its files. gain: the value that
    brightness 1 gets, of which white matter has about half. noise: as a share of the gain. first: number of its first
    patient.
    """

    first: int
    folder: str
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    codes: str
    gain: float
    noise: float


# Sizes and spacing as the challenge gives them out; the third acquires sagittal slices, cut anew to 3 mm. Those of the
# last two, of which all patients are for test, are made up.
SCANNERS = (
    Scanner(0, "Utrecht", (240, 240, 48), (0.96, 0.95, 3.0), "LAS", 300.0, 0.018),
    Scanner(50, "Singapore", (232, 256, 48), (1.0, 1.0, 3.0), "RAS", 1100.0, 0.03),
    Scanner(100, "Amsterdam/GE3T", (132, 256, 83), (1.2, 0.98, 3.0), "LPS", 650.0, 0.024),
    Scanner(150, "Amsterdam/GE1T5", (128, 256, 83), (1.2, 0.98, 3.0), "LPS", 500.0, 0.03),
    Scanner(160, "Amsterdam/Philips_VU .PETMR_01.", (160, 240, 50), (1.0, 1.0, 3.0), "RAS", 800.0, 0.024),
)
TRAINED = 3  # of them
# FLAIR brightness over T1 brightness inside the brain: fluid dark, grey matter above white.
T1_POINTS = (0.0, 0.2, 0.3, 0.52, 0.85, 1.2)
FLAIR_POINTS = (0.0, 0.09, 0.3, 0.6, 0.47, 0.45)


class Settings(PhantomSettings):
    """coarser: how many times larger than the scanner's the voxels are, in x, y, z; the field of view stays.

    lesion_ml: least and largest volume of all lesions of a patient, evenly drawn on a log scale.
    other_pathology: share of the patients with an old infarct, label 2. test_patients: on all five scanners, in the
    tree of the release; without any it is that of the challenge's own archives, which have no annotations.
    """

    coarser: tuple[Length, Length, Length] | Length = 1.0
    lesion_ml: Between[Length] = (1.0, 40.0)
    other_pathology: Share = 0.2
    test_patients: Annotated[int, Field(ge=0, strict=True)] = 0


class _Patient(NamedTuple):
    """place: folders of his part and scanner. seed: with the phantom's, all that he depends on."""

    scanner: Scanner
    place: str
    number: int
    seed: int


def write(folder: Path, settings: Settings, workers: int = 1) -> None:
    """Write patients in files such as `Utrecht/0/pre/FLAIR.nii.gz`, going to the scanners in turn.

    Images are int16, whose brightness and noise differ by scanner; `wmh.nii.gz` is uint8, 0, 1 and 2.
    A patient depends on the seed and his number alone, not on how many there are.
    """
    work = partial(_write_patient, folder=folder, chosen=settings)
    for_each(work, _patients(settings), workers, "phantom heads")


def _patients(settings: Settings) -> list[_Patient]:
    training, test = ("training/", "test/") if settings.test_patients else ("", "")
    found = [
        _patient(SCANNERS[count % TRAINED], training, count // TRAINED, count) for count in range(settings.patients)
    ]
    for count in range(settings.test_patients):
        scanner, turn = SCANNERS[count % len(SCANNERS)], count // len(SCANNERS)
        behind = TRAINING_A_SCANNER if scanner in SCANNERS[:TRAINED] else 0
        found.append(_patient(scanner, test, behind + turn, FIRST_TEST_SEED + count))
    return found


def _patient(scanner: Scanner, part: str, turn: int, seed: int) -> _Patient:
    return _Patient(scanner, f"{part}{scanner.folder}", scanner.first + turn, seed)


def _write_patient(patient: _Patient, folder: Path, chosen: Settings) -> None:
    scanner, share = patient.scanner, chosen.other_pathology
    rng = np.random.default_rng(np.random.SeedSequence([chosen.seed, patient.seed]))
    space, spacing = scanner_space(scanner, np.broadcast_to(np.asarray(chosen.coarser, float), 3))
    head = draw_head(rng, space, float(spacing[:2].max()))
    lesions = draw_lesions(rng, space, spacing, head, chosen.lesion_ml)
    ill = int((patient.seed + 1) * share + 1e-9) > int(patient.seed * share + 1e-9)
    infarct = draw_infarct(rng, space, head) if ill else np.full(lesions.shape, -np.inf, np.float32)
    soft = ndimage.gaussian_filter(lesions.astype(np.float32), BLUR_MM / spacing)
    bright = {"FLAIR": _flair(rng, space, head, soft, infarct), "T1": _t1(rng, space, head, soft, infarct)}
    below = f"{patient.place}/{patient.number}"
    affine = _affine(rng, scanner, space, spacing)
    for name, brightness in bright.items():
        image = _scan(rng, space, brightness, scanner)
        write_image(folder / below / "pre" / f"{name}.nii.gz", _in_file_order(image, scanner), affine)
    write_image(folder / below / "wmh.nii.gz", _in_file_order(_label(lesions, infarct), scanner), affine)
    if patient.place.startswith("training/"):
        for annotator, level in ANNOTATORS.items():
            drawn = _in_file_order(_drawn_by(lesions, level, spacing), scanner)
            write_image(folder / "additional_annotations" / annotator / below / "result.nii.gz", drawn, affine)


def _drawn_by(lesions: np.ndarray, level: float, spacing: np.ndarray) -> np.ndarray:
    """The lesions as another draws them: wider or narrower. Never none of them."""
    soft = ndimage.gaussian_filter(lesions.astype(np.float32), ANNOTATED_BLUR_MM / spacing)
    return (soft >= min(level, soft.max())).astype(np.uint8)


def scanner_space(scanner: Scanner, coarser: Sequence[float]) -> tuple[Space, np.ndarray]:
    """The voxel centres of a scanner's grid around the middle of the head, in mm, and its spacing (x, y, z)."""
    shape = np.maximum(np.rint(np.array(scanner.shape) / coarser), 1).astype(int)
    spacing = np.array(scanner.spacing_mm) * coarser
    middle = FIELD_MM.mean(axis=0)
    positions = [m + s * (np.arange(n) - (n - 1) / 2) for n, s, m in zip(shape, spacing, middle)]
    return Space(*[p.astype(np.float32) for p in positions]), spacing


def draw_lesions(
    rng: np.random.Generator, space: Space, spacing: np.ndarray, head: Head, lesion_ml: tuple[float, float]
) -> np.ndarray:
    """A mask (x, y, z) of many lesions: caps and bands at the ventricles, and spots deep in white matter.

    spacing: of the voxels in mm. lesion_ml: limits of their volume together, as far as the white matter
    holds it.
    """
    x, y, z = space.axes
    white = (head.image > 0.62) & (head.tissue > 0.5) & (z > -14)
    horns = np.float32(0)
    for front in (26, -58):
        squares = ((np.abs(x) - 20) / 14) ** 2 + ((y - front) / 12) ** 2 + ((z - 14) / 12) ** 2
        horns = horns + np.exp(-0.5 * squares)
    near = np.exp(-_ventricle_distance(space, spacing, head) / 5)
    spots = smooth_noise(rng, space, 6) + 0.5 * smooth_noise(rng, space, 3.5)
    score = 2.2 * near + 1.2 * horns + 0.6 * smooth_noise(rng, space, 20) + 0.9 * spots
    score = np.where(white, score, -np.inf)
    drawn = 1000 * np.exp(rng.uniform(*np.log(lesion_ml))) / spacing.prod()
    voxels = int(np.clip(round(drawn), 4, max(4, 0.3 * white.sum())))
    return score >= np.partition(score, -voxels, axis=None)[-voxels]


def _ventricle_distance(space: Space, spacing: np.ndarray, head: Head) -> np.ndarray:
    """Distance in mm to the lateral ventricles: the fluid of the middle of the brain."""
    fluid = (head.tissue < 0.5) & (ellipsoid(space, (0, -16, 14), (34, 62, 26)) > 0)
    return ndimage.distance_transform_edt(~fluid, sampling=spacing).astype(np.float32)


def draw_infarct(rng: np.random.Generator, space: Space, head: Head) -> np.ndarray:
    """Depth in mm inside an old infarct of cortex and what lies below it; negative outside."""
    x, y, z = space.axes
    cortex = (np.abs(head.tissue - 4) < 3) & (z > 0) & (z < 55) & (np.abs(x) > 25)
    places = np.argwhere(cortex)
    centre = [axis[i] for axis, i in zip((space.x, space.y, space.z), places[rng.integers(len(places))])]
    depth = ellipsoid(space, centre, rng.uniform(9, 19, 3)) + 2.5 * smooth_noise(rng, space, 9)
    return np.minimum(depth, head.tissue + 3)


def _flair(rng: np.random.Generator, space: Space, head: Head, soft: np.ndarray, infarct: np.ndarray) -> np.ndarray:
    image = np.interp(head.image, T1_POINTS, FLAIR_POINTS).astype(np.float32)
    fat = step(-3 - head.tissue, 3) * np.clip((head.image - 0.55) / 0.3, 0, 1)
    image += 0.38 * fat
    bright = rng.uniform(0.68, 0.86) + 0.06 * smooth_noise(rng, space, 10)
    image += soft * (bright - image)
    # A cavity of fluid within a bright rim.
    image += step(infarct, 3) * (0.8 - image)
    return image + step(infarct - 5, 3) * (0.1 - image)


def _t1(rng: np.random.Generator, space: Space, head: Head, soft: np.ndarray, infarct: np.ndarray) -> np.ndarray:
    dark = rng.uniform(0.5, 0.68) + 0.05 * smooth_noise(rng, space, 10)
    image = head.image + soft * (dark - head.image)
    image += step(infarct, 3) * (0.5 - image)
    return image + step(infarct - 5, 3) * (0.2 - image)


def _label(lesions: np.ndarray, infarct: np.ndarray) -> np.ndarray:
    """Other pathology grown by a pixel within the slice, as the challenge does; lesions lie above it."""
    other = ndimage.binary_dilation(infarct > 0, np.ones((3, 3, 1), bool))
    return np.where(lesions, LESION, np.where(other, OTHER, 0)).astype(np.uint8)


def _scan(rng: np.random.Generator, space: Space, brightness: np.ndarray, scanner: Scanner) -> np.ndarray:
    """What the scanner makes of it: int16, with a rest of shading and Rician noise."""
    shaded = brightness * np.exp(0.05 * smooth_noise(rng, space, 100))
    first, second = rng.standard_normal((2, *brightness.shape), dtype=np.float32) * np.float32(scanner.noise)
    return np.rint(scanner.gain * np.hypot(shaded + first, second)).astype(np.int16)


def _affine(rng: np.random.Generator, scanner: Scanner, space: Space, spacing: np.ndarray) -> np.ndarray:
    """Axes of the scanner's codes, which nod by some degrees, as slices are laid along the head."""
    angle = rng.uniform(-0.15, 0.15)
    nod = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    signs = np.array([1 if code in "RAS" else -1 for code in scanner.codes])
    first = [axis[0 if sign > 0 else -1] for axis, sign in zip((space.x, space.y, space.z), signs)]
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = nod @ np.diag(signs * spacing), nod @ first
    return affine


def _in_file_order(array: np.ndarray, scanner: Scanner) -> np.ndarray:
    """An array along x, y, z (RAS+) in the order that the scanner writes."""
    return from_slices(array.transpose(2, 1, 0), scanner.codes)

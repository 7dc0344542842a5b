"""A stand-in for ISLES 2018: perfusion series, their maps, DWI and lesion in the challenge's own files."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from segrepro.datasets.phantoms._perfusion import Bolus, perfusion_maps
from segrepro.datasets.phantoms._settings import Amount, Between, Count, Length, PhantomSettings, Share
from segrepro.datasets.phantoms._stroke import PIXELS, Stroke, draw_strokes, dwi, series, still_ct
from segrepro.images.io import write_image
from segrepro.utils.files import whole_file
from segrepro.utils.parallel import for_each

MAPPING = "ISLES2018_Training.csv"
FIRST_ID = 345560
PARTS = ("TRAINING", "TESTING")
# The core's loss of brightness, HU: what water does to it in some hours, and after its vessel opened again.
DARKER_HU, DARKER_HIDDEN_HU = 2.5, 10.0
SMOOTHING_MM = 2.0


@dataclass(frozen=True)
class Patient:
    """part: of PARTS. number: from 0 in his part. cases: the numbers of his scans, from 1 in the part."""

    part: str
    number: int
    cases: tuple[int, ...]


class Settings(PhantomSettings):
    """patients, test_patients: people in each part; `two_scans` is the share of them with a second slab.

    size: rows and columns of a slice, which always shows what 256 pixels of 0.80-1.04 mm show.
    slices, frames: fewest and most slices (4-12 mm apart) and time points (1-2 s apart) of a scan.
    lesion_ml: smallest and largest core in the whole head; a slab may cut it.
    noise_hu: standard deviation of the noise in a voxel of 0.9 x 0.9 x 8 mm; larger voxels have less.
    hidden_core: make the core one that no perfusion map shows. Its vessel has opened again, so that flow,
    volume and times are those of the tissue around it, but it took up water and is 10 HU darker in every
    frame of the series. Maps come from what the contrast agent adds to the frames before it, so this darkness
    cancels in all four; frames and projection show it. Slow tissue as large lies elsewhere and is no lesion.
    """

    test_patients: Annotated[int, Field(ge=0, strict=True)] = 0
    size: Count = PIXELS
    slices: Between[Count] = (2, 22)
    frames: Between[Count] = (43, 64)
    two_scans: Share = 0.5
    lesion_ml: Between[Length] = (3.0, 120.0)
    noise_hu: Amount = 4.0
    hidden_core: bool = False


def write(folder: Path, settings: Settings, workers: int = 1) -> None:
    """Write TRAINING/case_N with the CSV of its patients, and TESTING/case_N without DWI and lesion.

    A patient depends on seed and number alone, not on how many there are.
    """
    counts = {"TRAINING": settings.patients, "TESTING": settings.test_patients}
    everybody = [one for part, count in counts.items() for one in _patients(part, count, settings.two_scans)]
    for_each(partial(_write_patient, folder=folder, chosen=settings), everybody, workers, "phantom patients")
    rows = [f"{case},{name}" for one in everybody if one.part == "TRAINING" for case, name in _names(one)]
    with whole_file(folder / MAPPING) as path:
        path.write_text("\n".join(["Case number,Training name", *rows]) + "\n")


def _patients(part: str, count: int, two_scans: float) -> list[Patient]:
    found, case = [], 1
    for number in range(count):
        scans = int((number + 1) * two_scans + 1e-9) - int(number * two_scans + 1e-9) + 1
        found.append(Patient(part, number, tuple(range(case, case + scans))))
        case += scans
    return found


def _names(patient: Patient) -> list[tuple[int, str]]:
    """Each case's number and its name in the challenge's list: a letter tells two slabs of one patient apart."""
    letters = ("_A", "_B") if len(patient.cases) > 1 else ("",)
    return [(case, f"Train_{patient.number + 1:02d}{letter}") for case, letter in zip(patient.cases, letters)]


def _write_patient(patient: Patient, folder: Path, chosen: Settings) -> None:
    seeds, frames = (chosen.seed, PARTS.index(patient.part), patient.number), chosen.frames
    drawing = (chosen.size, chosen.slices, chosen.lesion_ml, chosen.hidden_core)
    strokes = draw_strokes(seeds, len(patient.cases), *drawing)
    darker = DARKER_HIDDEN_HU if chosen.hidden_core else DARKER_HU
    for slab, (case, stroke) in enumerate(zip(patient.cases, strokes)):
        rng = np.random.default_rng([*seeds, 3, slab])
        step_s = float(rng.uniform(1, 2))
        noise = chosen.noise_hu * np.sqrt(0.9**2 * 8 / np.prod(stroke.slab.spacing))
        images = _images(rng, stroke, step_s, int(rng.integers(frames[0], frames[1] + 1)), noise, darker)
        if patient.part == "TESTING":
            del images["MR_DWI"], images["OT"]
        _write_case(folder / patient.part, patient.part, case, images, stroke.slab.affine, step_s)


def _images(
    rng: np.random.Generator, stroke: Stroke, step_s: float, points: int, noise_hu: float, darker_hu: float
) -> dict[str, np.ndarray]:
    """The arrays of one scan by the challenge's names."""
    bolus = Bolus(rng.uniform(8, 14), rng.uniform(220, 380), 3.0, rng.uniform(1.3, 1.9))
    still = still_ct(stroke, darker_hu)
    found = series(rng, stroke, still, bolus, step_s * np.arange(points), noise_hu)
    maps = perfusion_maps(found, stroke.brain, stroke.arteries, step_s, SMOOTHING_MM / stroke.slab.spacing[0])
    calmer = still + np.float32(noise_hu / 2) * rng.standard_normal(still.shape, dtype=np.float32)
    return {
        "CT": np.rint(calmer).astype(np.int16),
        "CT_4DPWI": found,
        **{f"CT_{name}": maps[name] for name in ("CBF", "CBV", "MTT", "Tmax")},
        "MR_DWI": dwi(rng, stroke),
        "OT": stroke.core.astype(np.uint8),
    }


def _write_case(folder: Path, part: str, case: int, images: dict, affine: np.ndarray, step_s: float) -> None:
    number = FIRST_ID + 10 * (case + 1000 * PARTS.index(part))
    for place, (kind, image) in enumerate(images.items()):
        name = f"SMIR.Brain.XX.O.{kind}.{number + place}"
        path = folder / f"case_{case}" / name / f"{name}.nii"
        if image.ndim == 4:
            write_series(path, image, affine, step_s)
        else:
            write_image(path, image, affine)


def write_series(path: Path, frames: np.ndarray, affine: np.ndarray, step_s: float) -> None:
    """Write (x, y, z, t) as NIfTI with the seconds between time points in its header."""
    import nibabel as nib

    image = nib.Nifti1Image(frames, affine)
    image.header.set_zooms((*image.header.get_zooms()[:3], step_s))
    image.header.set_xyzt_units("mm", "sec")
    with whole_file(path) as partial_file:
        nib.save(image, partial_file)

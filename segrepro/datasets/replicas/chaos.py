"""CHAOS: 20 CT and 20 MR patients of Train_Sets with masks, as many of Test_Sets without, in DICOM.

CT has three intercepts, names that run against the positions, and pixels of 49,944 HU in some patients. Made up: which
CT patients have names IMG-..., pixel sizes and steps of each, how the slices of MR are divided among its patients and
how many its test patients have.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from segrepro.datasets.phantoms._dicom import place, write_masks, write_series
from segrepro.datasets.phantoms.chaos_mr import GREY
from segrepro.datasets.releases import releases
from segrepro.datasets.replicas._drawing import draw, write_text
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

ROOTS = {"train": "Train_Sets", "test": "Test_Sets"}
CT_SIDE, MR_SIDE = 512, 256
INTERCEPTS = {**dict.fromkeys((21, 23, 24, 25, 27, 29, 30), -1024), 1: -1200, 6: -1200}
USUAL_INTERCEPT = -1000
EXTREME_HU, EXTREME = 49944, (10, 14, 19, 4, 9, 13, 17)
NAMED_IMG = range(21, 31)
STEPS_MM = (1.0, 1.5, 1.6, 2.0)
TEST_SLICES = 3533
T1_SLICES, T2_SLICES = 647, 623


class Patient(NamedTuple):
    """slices: of CT or T1-DUAL, and of T2-SPIR."""

    part: str
    number: int
    slices: tuple[int, int]


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write Train_Sets and Test_Sets, each with CT and MR."""
    for part in ROOTS:
        write_text(
            folder / ROOTS[part] / "NOTES_PLEASE_READ.txt", "The names of the slices run against their positions.\n"
        )
        for kind, work, patients in (("CT", _write_ct, _ct_patients(part)), ("MR", _write_mr, _mr_patients(part))):
            chosen = settings.some(patients)
            for_each(partial(work, folder=folder, settings=settings), chosen, workers, f"replica of CHAOS, {kind}")


def _ct_patients(part: str) -> list[Patient]:
    ct = next(one for one in releases()["chaos"].sets if one.layout == "chaos_ct").parts[part]
    known = ct.slices_by_id or dict(zip(ct.ids, _divided(TEST_SLICES, len(ct.ids))))
    return [Patient(part, int(number), (known[number], 0)) for number in ct.ids]


def _mr_patients(part: str) -> list[Patient]:
    """T1-DUAL has more slices than T2-SPIR in some patients."""
    mr = next(one for one in releases()["chaos"].sets if one.layout == "chaos_mr").parts[part]
    numbers = [int(number) for number in mr.ids]
    first, lost = _divided(T1_SLICES, len(numbers)), _divided((T1_SLICES - T2_SLICES) // 4, len(numbers))
    return [Patient(part, n, (t1, t1 - 4 * less)) for n, t1, less in zip(numbers, first, lost)]


def _divided(total: int, among: int) -> list[int]:
    """A number in nearly equal parts.

    >>> _divided(7, 3)
    [3, 2, 2]
    """
    return [total // among + (n < total % among) for n in range(among)]


def _write_ct(patient: Patient, folder: Path, settings: ReplicaSettings) -> None:
    part, number, (slices, _) = patient
    rng = np.random.default_rng([settings.seed, number, 0])
    shape = (*settings.shrunk(CT_SIDE, CT_SIDE), slices)
    pixel = rng.uniform(0.568, 0.791) * CT_SIDE / shape[0]
    bright, liver = draw(rng, shape)
    scan = np.where(bright > 0.35, 220 * bright - 60, -1000).astype(np.int32)
    if number in EXTREME:
        scan[0, :2] = EXTREME_HU
    # The first of the kinds of `place` is CHAOS's own: names that count down from the head.
    placement = place(rng, 0, shape, (pixel, pixel, STEPS_MM[number % len(STEPS_MM)]))
    own = folder / ROOTS[part] / "CT" / f"{number}"
    intercept = INTERCEPTS.get(number, USUAL_INTERCEPT)
    name = _named_img if number in NAMED_IMG else _named_i
    write_series(own / "DICOM_anon", scan, placement, name, f"CT{number}", intercept)
    if part == "train":
        write_masks(own / "Ground", liver * np.uint8(255), placement, lambda n: f"liver_GT_{n:03d}")


def _named_i(number: int) -> str:
    return f"i{number:04d},0000b"


def _named_img(number: int) -> str:
    return f"IMG-0002-{number + 1:05d}"


def _write_mr(patient: Patient, folder: Path, settings: ReplicaSettings) -> None:
    part, number, (t1_slices, t2_slices) = patient
    own = folder / ROOTS[part] / "MR" / f"{number}"
    phases = {"InPhase": lambda n: f"IMG-0004-{2 * n + 2:05d}", "OutPhase": lambda n: f"IMG-0004-{2 * n + 1:05d}"}
    _write_sequence(own / "T1DUAL", patient, t1_slices, phases, settings)
    _write_sequence(own / "T2SPIR", patient, t2_slices, {"": _named_img}, settings)


def _write_sequence(folder: Path, patient: Patient, slices: int, series: dict, settings: ReplicaSettings) -> None:
    """series: the folder below DICOM_anon to the names of its files; the masks have the names of the first."""
    rng = np.random.default_rng([settings.seed, patient.number, slices])
    shape = (*settings.shrunk(MR_SIDE, MR_SIDE), slices)
    pixel = 1.5 * MR_SIDE / shape[0]
    placement = place(rng, 0, shape, (pixel, pixel, 7.0))
    bright, organs = draw(rng, shape, spots=4)
    for level, (below, name) in enumerate(series.items(), 1):
        scan = (900 * bright / level).astype(np.uint16)
        write_series(folder / "DICOM_anon" / below, scan, placement, name, f"MR{patient.number}")
    if patient.part == "train":
        write_masks(folder / "Ground", GREY[organs], placement, next(iter(series.values())))

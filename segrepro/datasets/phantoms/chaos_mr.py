"""A stand-in for the MR part of CHAOS: T1-DUAL and T2-SPIR of drawn abdomens in the challenge's own folders."""

from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.phantoms._abdomen import abdomen_space, mr_scans
from segrepro.datasets.phantoms._dicom import place, write_masks, write_series
from segrepro.datasets.phantoms._settings import Count, Length, PhantomSettings
from segrepro.utils.parallel import for_each

GREY = np.array([0, 63, 126, 189, 252], np.uint8)


class Settings(PhantomSettings):
    """shape, spacing_mm: grid in (x, y, slice), the same for all sequences."""

    shape: tuple[Count, Count, Count] = (256, 256, 30)
    spacing_mm: tuple[Length, Length, Length] = (1.5, 1.5, 7.0)


def write(folder: Path, settings: Settings, workers: int = 1) -> None:
    """Write `Train_Sets/MR/1/T2SPIR` and `Train_Sets/MR/1/T1DUAL`, each with `DICOM_anon` and `Ground`.

    Masks hold 63, 126, 189 and 252 for liver, right kidney, left kidney and spleen, and have the names of their
    slices, T1-DUAL those in phase. Order of names and orientation differ as `place` has it. A patient depends on the
    seed and his number alone.
    """
    work = partial(_write_patient, folder=folder / "Train_Sets" / "MR", chosen=settings)
    for_each(work, range(settings.patients), workers, "phantom MR scans")


def _write_patient(patient: int, folder: Path, chosen: Settings) -> None:
    rng = np.random.default_rng(np.random.SeedSequence([chosen.seed, patient, 1]))
    shape, spacing = chosen.shape, chosen.spacing_mm
    scans, labels = mr_scans(rng, abdomen_space(shape, spacing), spacing[0])
    placement, own, person = place(rng, patient, shape, spacing), folder / f"{patient + 1}", f"MR{patient + 1}"
    t1, t2, masks = own / "T1DUAL", own / "T2SPIR", GREY[labels]
    # The scanner counts both phases of T1-DUAL in one row: out, in, out, in.
    write_series(t1 / "DICOM_anon/InPhase", scans["t1_in"], placement, _in_phase, person)
    write_series(t1 / "DICOM_anon/OutPhase", scans["t1_out"], placement, _out_of_phase, person)
    write_masks(t1 / "Ground", masks, placement, _in_phase)
    write_series(t2 / "DICOM_anon", scans["t2"], placement, _t2, person)
    write_masks(t2 / "Ground", masks, placement, _t2)


def _in_phase(number: int) -> str:
    return f"IMG-0004-{2 * number + 2:05d}"


def _out_of_phase(number: int) -> str:
    return f"IMG-0004-{2 * number + 1:05d}"


def _t2(number: int) -> str:
    return f"IMG-0002-{number + 1:05d}"

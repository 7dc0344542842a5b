"""A stand-in for the CT part of CHAOS: drawn abdomens in the challenge's own DICOM folders and PNG masks."""

from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.phantoms._abdomen import abdomen_space, ct_scan
from segrepro.datasets.phantoms._dicom import place, write_masks, write_series
from segrepro.datasets.phantoms._settings import Amount, Count, Length, PhantomSettings
from segrepro.utils.parallel import for_each


class Settings(PhantomSettings):
    """shape, spacing_mm: grid in (x, y, slice) around the middle of the upper abdomen. noise_hu: its deviation."""

    shape: tuple[Count, Count, Count] = (512, 512, 90)
    spacing_mm: tuple[Length, Length, Length] = (0.74, 0.74, 2.0)
    noise_hu: Amount = 15.0


def write(folder: Path, settings: Settings, workers: int = 1) -> None:
    """Write scans such as `Train_Sets/CT/1/DICOM_anon/i0000,0000b.dcm` with `Ground/liver_GT_000.png` (0, 255).

    Values are stored as uint16 with a rescale intercept of -1024. Names follow the slices down, up or not at all, and
    some scans are mirrored or oblique, as `place` has it. A patient depends on the seed and his number alone.
    """
    work = partial(_write_patient, folder=folder / "Train_Sets" / "CT", chosen=settings)
    for_each(work, range(settings.patients), workers, "phantom CT scans")


def _write_patient(patient: int, folder: Path, chosen: Settings) -> None:
    rng = np.random.default_rng(np.random.SeedSequence([chosen.seed, patient, 0]))
    shape, spacing = chosen.shape, chosen.spacing_mm
    scan, labels = ct_scan(rng, abdomen_space(shape, spacing), spacing[0], chosen.noise_hu)
    placement = place(rng, patient, shape, spacing)
    own = folder / f"{patient + 1}"
    liver = (labels == 1).astype(np.uint8) * 255
    write_series(own / "DICOM_anon", scan, placement, lambda n: f"i{n:04d},0000b", f"CT{patient + 1}", -1024)
    write_masks(own / "Ground", liver, placement, lambda n: f"liver_GT_{n:03d}")

"""A stand-in for the CT part of CHAOS: drawn abdomens in the challenge's own DICOM folders and PNG masks."""

from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.phantoms._abdomen import abdomen_space, ct_scan
from segrepro.datasets.phantoms._dicom import place, write_masks, write_series
from segrepro.utils.parallel import for_each


def write_chaos_ct(
    folder: str | Path,
    patients: int,
    shape: tuple[int, int, int] = (512, 512, 90),
    spacing_mm: tuple[float, float, float] = (0.74, 0.74, 2.0),
    noise_hu: float = 15.0,
    seed: int = 0,
    workers: int = 1,
) -> None:
    """Write scans such as `Train_Sets/CT/1/DICOM_anon/i0000,0000b.dcm` with `Ground/liver_GT_000.png` (0, 255).

    shape, spacing_mm: grid in (x, y, slice) around the middle of the upper abdomen. Values are stored as uint16
    with a rescale intercept of -1024. Names follow the slices down, up or not at all, and some scans are
    mirrored or oblique, as `place` has it. A patient depends on the seed and his number alone.
    """
    work = partial(
        _write_patient,
        folder=Path(folder) / "Train_Sets" / "CT",
        shape=tuple(shape),
        spacing=tuple(spacing_mm),
        noise_hu=noise_hu,
        seed=seed,
    )
    for_each(work, range(patients), workers, "phantom CT scans")


def _write_patient(patient: int, folder: Path, shape: tuple, spacing: tuple, noise_hu: float, seed: int) -> None:
    rng = np.random.default_rng(np.random.SeedSequence([seed, patient, 0]))
    scan, labels = ct_scan(rng, abdomen_space(shape, spacing), spacing[0], noise_hu)
    placement = place(rng, patient, shape, spacing)
    own = folder / f"{patient + 1}"
    liver = (labels == 1).astype(np.uint8) * 255
    write_series(own / "DICOM_anon", scan, placement, lambda n: f"i{n:04d},0000b", f"CT{patient + 1}", -1024)
    write_masks(own / "Ground", liver, placement, lambda n: f"liver_GT_{n:03d}")

"""ISLES'24: 149 cases with CT perfusion on admission, and DWI and infarct at follow-up registered to the CT.

Made up: which numbers from 0001 to 0189 are there, which nine cases lack perfusion, sizes, types, what derivatives hold
beside the registered images.
"""

from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.phantoms._perfusion import Bolus
from segrepro.datasets.replicas._drawing import draw, write_empty_zip, write_text, write_volume
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

ROOT = "train"
NUMBERS = [number for number in range(1, 190) if number % 19 not in (4, 11, 14, 17)]
WITHOUT_PERFUSION = (20, 40, 60, 81, 100, 120, 140, 160, 181)
STRAY = 142
SHAPE, SPACING_MM = (512, 595, 75), (0.45, 0.45, 2.0)
MAPS = ("cbf", "cbv", "mtt", "tmax")


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write `train`."""
    write_empty_zip(folder / ROOT / "clinical_data-description.xlsx")
    write_text(folder / ROOT / "phenotype/ses-01/demographic_baseline.csv", "Age,Sex\n")
    numbers = settings.some(NUMBERS)
    for_each(partial(_write, root=folder / ROOT, settings=settings), numbers, workers, "replica of ISLES'24")


def _write(number: int, root: Path, settings: ReplicaSettings) -> None:
    rng = np.random.default_rng([settings.seed, number])
    name = f"sub-stroke{number:04d}"
    shape = settings.shrunk(*SHAPE)
    affine = np.diag([*(np.multiply(SPACING_MM, SHAPE) / shape), 1.0])
    bright, infarct = draw(rng, shape)
    first, second = (f"{name}/ses-{session}/{name}_ses-{session}" for session in ("01", "02"))
    # Brighter than the first frame of the series: equal images would be taken for one.
    ct = np.where(bright > 0.35, 62 * bright, -1000).astype(np.int16)
    raw, derived = root / "raw_data", root / "derivatives"
    write_volume(raw / f"{first}_ncct.nii.gz", ct, affine)
    write_volume(raw / f"{first}_cta.nii.gz", ct, affine)
    write_volume(derived / f"{first}_space-ncct_cta.nii.gz", ct, affine)
    write_volume(derived / f"{second}_space-ncct_dwi.nii.gz", (900 * bright * (1 + infarct)).astype(np.float32), affine)
    write_volume(derived / f"{second}_space-ncct_adc.nii.gz", (1500 * (1 - bright)).astype(np.float32), affine)
    write_volume(derived / f"{second}_space-ncct_lesion-msk.nii.gz", infarct, affine)
    if number == STRAY:
        write_volume(root / f"{name}_ses-02_lesion-msk.nii", infarct, affine)
    if number not in WITHOUT_PERFUSION:
        _write_perfusion(rng, (raw, derived), name, bright, infarct, affine)


def _write_perfusion(rng, roots: tuple[Path, Path], name: str, bright: np.ndarray, core: np.ndarray, affine) -> None:
    curve = Bolus(arrival_s=8).curve(np.arange(rng.integers(43, 65)) * 1.0)
    brain = bright > 0.35
    still = np.where(brain, 60 * bright, -1000)
    # At once in float64 a series of the release's size would take 9 GB.
    series = np.stack([(still + brain * (0.3 * value)).astype(np.int16) for value in curve], axis=-1)
    maps = {"cbf": 60 * bright * (core == 0), "cbv": 3 * bright, "mtt": 5 * bright, "tmax": bright + 6.0 * core}
    for root, space in zip(roots, ("", "space-ncct_")):
        own = root / name / "ses-01"
        write_volume(own / f"{name}_ses-01_{space}ctp.nii.gz", series, affine)
        for kind in MAPS:
            path = own / "perfusion-maps" / f"{name}_ses-01_{space}{kind}.nii.gz"
            write_volume(path, maps[kind].astype(np.float32), affine)

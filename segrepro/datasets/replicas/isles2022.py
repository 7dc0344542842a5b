"""ISLES 2022: 250 cases in BIDS, LAS, FLAIR on a grid of its own, three empty masks.

Made up: the size of each case within the known range, the types, which masks are empty.
"""

from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.replicas._drawing import draw, write_text, write_volume
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

ROOT, CASES, EMPTY = "ISLES-2022", 250, (30, 120, 240)
# From the smallest grid to the greatest, with its spacing in mm.
GRIDS = (((112, 112, 25), (2.0, 2.0, 5.0)), ((256, 256, 76), (0.88, 0.88, 2.0)), ((112, 112, 73), (2.0, 2.0, 2.0)))


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write `ISLES-2022`."""
    root = folder / ROOT
    write_text(root / "dataset_description.json", '{"Name": "ISLES 2022"}\n')
    write_text(root / "LICENSE", "CC BY 4.0\n")
    write_text(root / "README", "ISLES 2022\n")
    numbers = settings.some(range(1, CASES + 1))
    write_text(root / "participants.tsv", "participant_id\n" + "".join(f"{_name(n)}\n" for n in numbers))
    for_each(partial(_write, root=root, settings=settings), numbers, workers, "replica of ISLES 2022")


def _name(number: int) -> str:
    return f"sub-strokecase{number:04d}"


def _write(number: int, root: Path, settings: ReplicaSettings) -> None:
    rng = np.random.default_rng([settings.seed, number])
    full, spacing = GRIDS[number % len(GRIDS)]
    shape = settings.shrunk(*full)
    affine = np.diag([*(np.array([-1, 1, 1]) * spacing * full / shape), 1.0])
    bright, infarct = draw(rng, shape)
    own, stem = root / _name(number) / "ses-0001", f"{_name(number)}_ses-0001"
    write_volume(own / f"dwi/{stem}_dwi.nii.gz", (800 * bright).astype(np.float32), affine)
    write_volume(own / f"dwi/{stem}_adc.nii.gz", (1500 * (1 - bright)).astype(np.float32), affine)
    fine = np.repeat(bright, 2, axis=0)
    write_volume(own / f"anat/{stem}_FLAIR.nii.gz", (600 * fine).astype(np.float32), affine @ np.diag([0.5, 1, 1, 1]))
    for kind in ("dwi/{}_dwi", "dwi/{}_adc", "anat/{}_FLAIR"):
        write_text(own / f"{kind.format(stem)}.json", '{"MagneticFieldStrength": 3}\n')
    infarct = infarct * (number not in EMPTY)
    derived = root / "derivatives" / _name(number) / "ses-0001"
    write_volume(derived / f"{stem}_msk.nii.gz", infarct.astype(np.uint8), affine)

"""MSD Task09: ids with gaps, 41 for training and 20 without masks, dataset.json, and `._` files beside every file.

Made up: the types of the files and their orientation, and which case has how many slices.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.releases import releases
from segrepro.datasets.replicas._drawing import draw, write_text, write_volume
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

ROOT = "Task09_Spleen"
SIDE = 512
SLICES, STEP_MM, PIXEL_MM = (31, 168), (1.5, 8.0), (0.61, 0.98)


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write `Task09_Spleen`."""
    (spleen,) = releases()["msd_spleen"].sets
    train, test = (settings.some(spleen.parts[part].ids) for part in ("train", "test"))
    write_text(folder / ROOT / "dataset.json", json.dumps(_contents(train, test), indent=1) + "\n")
    scans = [(number, False) for number in train] + [(number, True) for number in test]
    for_each(partial(_write, root=folder / ROOT, settings=settings), scans, workers, "replica of MSD Task09")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")


def _contents(train: list[str], test: list[str]) -> dict:
    pairs = [{"image": f"./imagesTr/spleen_{n}.nii.gz", "label": f"./labelsTr/spleen_{n}.nii.gz"} for n in train]
    return {
        "name": "Spleen",
        "description": "Spleen Segmentation",
        "reference": "Memorial Sloan Kettering Cancer Center",
        "licence": "CC-BY-SA 4.0",
        "release": "1.0 06/08/2018",
        "tensorImageSize": "3D",
        "modality": {"0": "CT"},
        "labels": {"0": "background", "1": "spleen"},
        "numTraining": len(train),
        "numTest": len(test),
        "training": pairs,
        "test": [f"./imagesTs/spleen_{n}.nii.gz" for n in test],
    }


def _write(scan: tuple[str, bool], root: Path, settings: ReplicaSettings) -> None:
    number, test = scan
    rng = np.random.default_rng([settings.seed, int(number)])
    shape = (*settings.shrunk(SIDE, SIDE), int(rng.integers(SLICES[0], SLICES[1] + 1)))
    pixel = rng.uniform(*PIXEL_MM) * SIDE / shape[0]
    affine = np.diag([pixel, pixel, rng.uniform(*STEP_MM), 1.0])
    bright, spleen = draw(rng, shape)
    hounsfield = np.where(bright > 0.35, 200 * bright - 60, -1000).astype(np.int16)
    name = f"spleen_{number}.nii.gz"
    write_volume(root / ("imagesTs" if test else "imagesTr") / name, hounsfield, affine)
    if not test:
        write_volume(root / "labelsTr" / name, spleen, affine)

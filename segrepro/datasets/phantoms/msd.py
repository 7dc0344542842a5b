"""A stand-in for Task09 of the Medical Segmentation Decathlon: CT of drawn abdomens with their spleens."""

import json
from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.phantoms._abdomen import abdomen_space, ct_scan
from segrepro.datasets.phantoms._settings import Amount, Count, Length, PhantomSettings
from segrepro.images.io import write_image
from segrepro.utils.files import whole_file
from segrepro.utils.parallel import for_each

SPLEEN = 4


class Settings(PhantomSettings):
    """shape, spacing_mm: grid in (x, y, z) of RAS+ around the middle of the upper abdomen. noise_hu: its deviation."""

    shape: tuple[Count, Count, Count] = (512, 512, 40)
    spacing_mm: tuple[Length, Length, Length] = (0.75, 0.75, 5.0)
    noise_hu: Amount = 15.0


def write(folder: Path, settings: Settings, workers: int = 1) -> None:
    """Write `Task09_Spleen/imagesTr/spleen_1.nii.gz`, its mask in `labelsTr` (0, 1) and `dataset.json`.

    Images are int16 in Hounsfield units, masks uint8. A patient depends on the seed and his number alone.
    """
    task = folder / "Task09_Spleen"
    names = [f"spleen_{patient + 1}" for patient in range(settings.patients)]
    work = partial(_write_patient, task=task, chosen=settings)
    for_each(work, list(enumerate(names)), workers, "phantom CT scans")
    with whole_file(task / "dataset.json") as partial_path:
        partial_path.write_text(json.dumps(_contents(names), indent=1) + "\n")


def _contents(names: list[str]) -> dict:
    return {
        "name": "Spleen",
        "description": "Drawn abdomens",
        "tensorImageSize": "3D",
        "modality": {"0": "CT"},
        "labels": {"0": "background", "1": "spleen"},
        "numTraining": len(names),
        "numTest": 0,
        "training": [{"image": f"./imagesTr/{n}.nii.gz", "label": f"./labelsTr/{n}.nii.gz"} for n in names],
        "test": [],
    }


def _write_patient(entry: tuple[int, str], task: Path, chosen: Settings) -> None:
    (patient, name), spacing = entry, chosen.spacing_mm
    rng = np.random.default_rng(np.random.SeedSequence([chosen.seed, patient, 2]))
    space = abdomen_space(chosen.shape, spacing)
    scan, labels = ct_scan(rng, space, spacing[0], chosen.noise_hu)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = space.x[0], space.y[0], space.z[0]
    write_image(task / "imagesTr" / f"{name}.nii.gz", scan, affine)
    write_image(task / "labelsTr" / f"{name}.nii.gz", (labels == SPLEEN).astype(np.uint8), affine)

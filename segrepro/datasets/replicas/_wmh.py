"""What the replicas of WMH 2017 share: a patient of one of five scanners."""

from pathlib import Path

import numpy as np

from segrepro.datasets.replicas._drawing import draw, write_text, write_volume
from segrepro.datasets.replicas._settings import ReplicaSettings

# Folder to the grid of FLAIR and its spacing in mm; of the last two made up.
SCANNERS = {
    "Utrecht": ((240, 240, 48), (0.96, 0.96, 3.0)),
    "Singapore": ((232, 256, 48), (1.0, 1.0, 3.0)),
    "GE3T": ((132, 256, 83), (1.2, 0.98, 3.0)),
    "GE1T5": ((128, 256, 83), (1.2, 0.98, 3.0)),
    "Philips_VU .PETMR_01.": ((160, 240, 50), (1.0, 1.0, 3.0)),
}
OTHER_PATHOLOGY = 67 / 170


def write_patient(folder: Path, scanner: str, number: int, settings: ReplicaSettings, brain_masks: bool) -> np.ndarray:
    """The files of a patient in `folder`, orig/ with masks that are not binary included. Returns the lesion mask."""
    rng = np.random.default_rng([settings.seed, number])
    full, spacing = SCANNERS[scanner]
    shape = (*settings.shrunk(*full[:2]), full[2])
    affine = np.diag([*(np.array(spacing) * full / shape), 1.0])
    ill = int((number + 1) * OTHER_PATHOLOGY + 1e-9) > int(number * OTHER_PATHOLOGY + 1e-9)
    bright, labels = draw(rng, shape, 1 + ill)
    flair, t1, soft = (350 * bright).astype(np.float32), (900 * bright).astype(np.uint16), bright.clip(0, 1)
    write_volume(folder / "pre/FLAIR.nii.gz", flair, affine)
    write_volume(folder / "pre/T1.nii.gz", t1, affine)
    write_volume(folder / "pre/3DT1.nii.gz", t1[..., ::2].astype(np.float32), affine)
    for name, array in (("3DT1", t1[..., ::2]), ("FLAIR", (350 * bright).astype(np.uint16)), ("T1", t1)):
        write_volume(folder / f"orig/{name}.nii.gz", array, affine)
    for name in ("3DT1_mask", *(("FLAIR_mask", "T1_mask") if brain_masks else ())):
        write_volume(folder / f"orig/{name}.nii.gz", soft, affine)
    write_text(folder / "orig/reg_3DT1_to_FLAIR.txt", '(Transform "EulerTransform")\n')
    write_volume(folder / "wmh.nii.gz", labels.astype(np.float32), affine)
    return labels == 1

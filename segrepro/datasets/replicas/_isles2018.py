"""What the replicas of both uploads of ISLES 2018 share: the grid of each case, its patient, and the odd headers."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from segrepro.datasets.phantoms._perfusion import Bolus
from segrepro.datasets.replicas._drawing import draw, write_text
from segrepro.datasets.replicas._settings import ReplicaSettings

SIDE = 256
TEST_CASES = 62
# From the first case on: the cases, pixel and thickness in mm, slices (LUYU0004/ISLES2018-1 prints every header).
GRIDS = (
    (6, 0.976562, 5.0003, 8), (2, 1.039, 5, 8), (1, 0.976562, 5, 8), (8, 0.976562, 5, 4), (5, 0.976562, 10, 2),
    (2, 0.8203, 6, 4), (1, 0.9336, 6, 4), (2, 0.9766, 6, 4), (2, 0.8594, 6, 4), (1, 0.8203, 6, 4), (1, 0.9102, 6, 4),
    (2, 0.9531, 6, 4), (2, 0.9102, 12, 2), (2, 0.8867, 12, 2), (5, 0.8203, 12, 2), (1, 0.8828, 12, 2),
    (1, 0.9336, 12, 2), (2, 0.8203, 12, 2), (2, 0.8633, 12, 2), (2, 0.8203, 12, 2), (2, 0.9844, 12, 2),
    (2, 0.8867, 12, 2), (2, 0.8203, 12, 2), (2, 0.9414, 12, 2), (2, 1.02, 12, 2), (1, 0.9336, 12, 2),
    (2, 0.8672, 12, 2), (4, 0.8203, 12, 2), (1, 0.8711, 12, 2), (1, 0.8477, 12, 2), (2, 0.8672, 12, 2),
    (2, 0.8203, 12, 2), (1, 0.9648, 12, 2), (3, 0.8203, 12, 2), (2, 0.8984, 12, 2), (1, 0.8633, 4, 22),
    (1, 0.8125, 4, 22), (2, 0.858, 10, 16), (1, 0.84, 10, 16), (1, 0.86, 10, 16), (1, 0.864, 10, 16),
    (1, 0.796, 10, 16), (1, 0.848, 10, 16), (1, 0.922, 10, 16), (1, 0.858, 10, 16), (3, 0.86, 10, 16),
    (1, 0.864, 10, 16),
)  # fmt: skip
GRID_OF = {case: grid[1:] for case, grid in enumerate((g for g in GRIDS for _ in range(g[0])), 1)}
# Case 64 is Train_40_A and case 65 Train_40_B; who else has two slabs is made up so that 94 cases show 63 patients.
BEFORE_40, AFTER_40 = 24, 6


def training_names() -> dict[int, str]:
    """The training name of each case, such as `Train_40_A`."""
    names = []
    for patient in range(1, 64):
        two = patient <= BEFORE_40 or 40 <= patient <= 40 + AFTER_40
        names += [f"Train_{patient:02d}_{letter}" for letter in ("AB" if two else "A")]
    return dict(enumerate(names, 1))


def write_case(
    part: Path, case: int, ids: Mapping[str, int], settings: ReplicaSettings, described: str | None = None
) -> None:
    """Write an object for each kind in `ids`, with SMIR's JSON beside CT and Tmax if the case is described."""
    for kind, image in images(part.name, case, settings).items():
        names = [one for one in ids if one.removeprefix("CT_").removeprefix("MR_") == kind]
        for name in (f"SMIR.Brain.XX.O.{one}.{ids[one]}" for one in names):
            path = part / f"case_{case}" / name / f"{name}.nii"
            write_object(path, image, case if part.name == "TRAINING" else case % 94 + 1, settings)
            if described and kind in ("CT", "Tmax"):
                text = f'{{"id": {name.rpartition(".")[2]}, "description": "{described} - {names[0]}"}}'
                write_text(path.with_suffix(".json"), text)


def images(part: str, case: int, settings: ReplicaSettings) -> dict[str, np.ndarray]:
    """What a case shows, by kind without its upload's prefix, in the re-upload's types (of OT and DWI made up)."""
    rng = np.random.default_rng([settings.seed, part == "TRAINING", case])
    slices = GRID_OF[case if part == "TRAINING" else case % 94 + 1][2]
    bright, core = draw(rng, (*settings.shrunk(SIDE, SIDE), slices))
    curve = Bolus(arrival_s=8).curve(np.arange(rng.integers(43, 65)) * 1.0)
    still = np.where(bright > 0.35, 60 * bright, -1000)
    return {
        "4DPWI": (still[..., None] + (bright > 0.35)[..., None] * (0.3 * curve)).astype(np.float32),
        "CT": still.astype(np.int32),
        "CBF": (60 * bright * (core == 0)).astype(np.int16),
        "CBV": (300 * bright).astype(np.int16),
        "DWI": (900 * bright * (1 + core)).astype(np.int16),
        "MTT": 5 * bright.astype(np.float64),
        "OT": core,
        "Tmax": bright + 6.0 * core,
    }


def write_object(path: Path, array: np.ndarray, case: int, settings: ReplicaSettings) -> None:
    """NIfTI as SMIR wrote it: sform code 2 with the identity, no qform, sizes in pixdim, no unit, no time step."""
    import nibabel as nib

    pixel, thickness, _ = GRID_OF[case]
    image = nib.Nifti1Image(array, np.eye(4))
    image.header.set_sform(np.eye(4), 2)
    image.header.set_qform(None, 0)
    wide = pixel * SIDE / array.shape[0]
    image.header["pixdim"][:5] = -1, wide, wide, thickness, 1
    image.header["xyzt_units"] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)


def write_testing(folder: Path, case: int, settings: ReplicaSettings) -> None:
    """A case of TESTING: six objects, neither DWI nor mask."""
    kinds = ("CT_4DPWI", "CT", "CT_CBF", "CT_CBV", "CT_MTT", "CT_Tmax")
    first = 346290 + len(kinds) * (case - 1)
    write_case(folder / "TESTING", case, {kind: first + place for place, kind in enumerate(kinds)}, settings)

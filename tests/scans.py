"""Small scans for tests: volumes with awkward grids, and data sets in the layouts."""

from pathlib import Path

import numpy as np

from segrepro.datasets import Case
from segrepro.images.io import write_image
from segrepro.preprocessing.preparation import PreparedCase

# Settings of every layout's phantom, for four patients in a second or two.
SMALL_PHANTOMS = {
    "atlas": {"patients": 4, "two_timepoints": 0.5, "sites": 2, "shape": (50, 59, 24), "spacing_mm": (4.0, 4.0, 8.0)},
    "wmh2017": {"patients": 4, "coarser": (3.75, 3.75, 4.0), "lesion_ml": (10.0, 60.0), "other_pathology": 1.0},
    "chaos_ct": {"patients": 4, "shape": (32, 32, 6), "spacing_mm": (11.5, 11.5, 26.0)},
    "chaos_mr": {"patients": 4, "shape": (32, 32, 6), "spacing_mm": (11.5, 11.5, 26.0)},
    "msd": {"patients": 4, "shape": (32, 32, 6), "spacing_mm": (12.0, 12.0, 30.0)},
    "isles2018": {"patients": 4, "test_patients": 2, "size": 32, "slices": (2, 2), "frames": (24, 24)},
    "isic2017": {"patients": 4, "columns": (24, 32)},
}


def affine_of(codes: str = "RAS", spacing=(1.0, 2.0, 3.0), tilt: float = 0.0) -> np.ndarray:
    """An affine with these axis codes and spacing (mm, in array order), turned by `tilt` radians about x and
    z."""
    axes = np.zeros((3, 3))
    for column, code in enumerate(codes):
        row = next(i for i, pair in enumerate(("RL", "AP", "SI")) if code in pair)
        axes[row, column] = 1 if code in "RAS" else -1
    c, s = np.cos(tilt), np.sin(tilt)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ axes @ np.diag(spacing)
    affine[:3, 3] = (-31.5, 12.25, 7.0)
    return affine


def write_case(folder: Path, shape=(9, 8, 7), affine=None, seed=0, name="case") -> Case:
    """A volume of noise with a random label; returns the case that names both files."""
    rng = np.random.default_rng(seed)
    affine = affine_of() if affine is None else affine
    image, label = folder / f"{name}_t1.nii.gz", folder / f"{name}_label.nii.gz"
    write_image(image, rng.normal(100, 20, shape).astype(np.float32), affine)
    write_image(label, rng.integers(0, 2, shape, dtype=np.uint8), affine)
    return Case(id=name, patient=name, site="", images={"t1": image}, labels=(label,))


def write_in_every_kind(folder: Path, array: np.ndarray, affine: np.ndarray) -> list[str]:
    """One volume, float32 or uint8, as each kind of file that volumes come in; their names without endings, sorted."""
    import gzip

    import nibabel as nib
    import SimpleITK

    write_image(folder / "nifti.nii", array, affine)
    scan = SimpleITK.ReadImage(str(folder / "nifti.nii"))
    for ending in ("nrrd", "nhdr", "mha", "mhd"):
        SimpleITK.WriteImage(scan, str(folder / f"of_{ending}.{ending}"))
    (folder / "packed.nii").write_bytes(gzip.compress((folder / "nifti.nii").read_bytes()))
    nib.save(nib.Nifti1Pair(array, affine), folder / "pair.img")
    nib.save(nib.MGHImage(array, affine), folder / "surfer.mgz")
    return ["nifti", "of_mha", "of_mhd", "of_nhdr", "of_nrrd", "packed", "pair", "surfer"]


def write_slices(folder: Path, names: list[str], seed: int = 0, value: int = 255) -> None:
    """Pictures of noise with a square of `value` as their mask, in `images/` and `masks/`."""
    rng = np.random.default_rng(seed)
    for name in names:
        mask = np.zeros((12, 10), np.uint8)
        mask[3:6, 2:5] = value
        write_image(folder / "images" / f"{name}.png", rng.integers(0, 255, (12, 10), dtype=np.uint8), np.eye(4))
        write_image(folder / "masks" / f"{name}.png", mask, np.eye(4))


def prepared_record(case: str = "a", shape=(2, 3, 4), **more) -> PreparedCase:
    """The record of a prepared scan that was neither resized nor cropped. more: other fields."""
    return PreparedCase(
        case=case, patient=case, site="", preparation={"size": shape[1:]}, images={"t1": f"{case}.nii.gz"}, labels=(),
        label_ranges=(), source_shape=shape[::-1], affine=np.eye(4).tolist(), orientation="RAS", full_shape=shape,
        resize=None, crop={"start": (0, 0), "size": shape[1:]}, spacing_mm=(1, 1, 1), versions={}, channels=("t1",),
        shape=shape,
    ).model_copy(update=more)  # fmt: skip

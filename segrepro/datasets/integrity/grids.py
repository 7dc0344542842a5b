"""Whether the files of a case lie on one grid."""

from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.fault import Fault
from segrepro.datasets.integrity.images import fault_of
from segrepro.images.geometry import orientation_of, require_same_grid
from segrepro.images.image import Image
from segrepro.utils.errors import SegreproError


def off_grid(case: Case, path: Path, scan: Image, reference: tuple[Path, Image] | None) -> list[Fault]:
    """Another shape, orientation, spacing or affine than the case's first image; the first of these that differs."""
    if reference is None:
        return []
    other_path, other = reference
    try:
        require_same_grid(scan, other, path, other_path)
        return []
    except SegreproError as error:
        if scan.array.shape != other.array.shape or scan.array.ndim == 2:
            return [fault_of(case, error)]
        return [_said_better(case, path, scan, reference) or fault_of(case, error)]


def _said_better(case: Case, path: Path, scan: Image, reference: tuple[Path, Image]) -> Fault | None:
    other_path, other = reference
    remedy = f"Resample it to the grid of {other_path.name}."
    codes, expected = orientation_of(scan, path), orientation_of(other, other_path)
    if codes != expected:
        return Fault(case.id, str(path), f"the orientation {codes}", f"{expected}, as {other_path.name}", remedy)
    if np.abs(np.subtract(scan.spacing_mm, other.spacing_mm)).max() > 1e-3:
        shown, wanted = (" x ".join(f"{side:.4g}" for side in image.spacing_mm) for image in (scan, other))
        return Fault(case.id, str(path), f"a spacing of {shown} mm", f"{wanted} mm, as {other_path.name}", remedy)
    return None

"""A package of masks for the hidden test set of ISLES 2018 (Table 6 of the pseudo-DWI study)."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.layouts.isles2018 import smir_id
from segrepro.images.geometry import require_same_grid
from segrepro.images.image import Image
from segrepro.images.scans import read_scan
from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_file
from segrepro.utils.validation import Strict


class Settings(Strict):
    """Where the data set with the hidden test cases lies, and what segments them: auto, cpu or cuda."""

    folder: Path
    device: Literal["auto", "cpu", "cuda"]


def write_package(
    predictions: Sequence[tuple[Case | Path, np.ndarray, np.ndarray]], output_zip: str | Path, name: str = "segrepro"
) -> list[str]:
    """Write a zip of `SMIR.<name>.<id>.nii`, the id being that of each case's MTT map; returns the names.

    predictions: (case or its MTT map, mask (x, y, z) of 0 and 1, affine), on the grid of the map; every
    file holds its mask as uint8. The zip is complete or not written, and equal masks make equal zips.
    Raises DataError for no prediction, a case without MTT map or with an id that was there before, a mask of
    other values than 0 and 1, a name of other signs than letters, digits, `_` and `-`; GridError for a mask
    that is not on its map's grid.
    """
    if not predictions:
        raise DataError(output_zip, "no prediction", "one a test case", "Predict the test cases first.")
    if not re.fullmatch(r"[\w-]+", name, re.ASCII):
        raise DataError(name, "a name with other signs", "letters, digits, _ and -", "Choose another name.")
    seen = set()
    with whole_file(output_zip) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as package:
        for case, mask, affine in predictions:
            path = _mtt_map(case)
            file_name = f"SMIR.{name}.{smir_id(path)}.nii"
            if file_name in seen:
                raise DataError(path, "a second prediction with its SMIR id", "one a case", "Leave one out.")
            seen.add(file_name)
            # A fixed date, so that equal masks make equal zips.
            entry = zipfile.ZipInfo(file_name, (1980, 1, 1, 0, 0, 0))
            package.writestr(entry, _nifti(path, mask, affine), zipfile.ZIP_DEFLATED)
    return sorted(seen)


def _mtt_map(case: Case | Path) -> Path:
    if isinstance(case, Case):
        if "mtt" not in case.images:
            raise DataError(case.id, ", ".join(case.images) or "no image", "an MTT map (modality mtt)", "Add it.")
        return case.images["mtt"]
    return Path(case)


def _nifti(path: Path, mask: np.ndarray, affine: np.ndarray) -> bytes:
    import nibabel as nib

    mask = np.asarray(mask)
    require_same_grid(Image(mask, np.asarray(affine)), read_scan(path), f"the mask for {path.name}", path)
    if not np.isin(mask, (0, 1)).all():
        raise DataError(
            f"the mask for {path.name}", "other values than 0 and 1", "a mask", "Apply the threshold first."
        )
    image = nib.Nifti1Image(mask.astype(np.uint8), affine)
    image.header.set_xyzt_units("mm")
    return image.to_bytes()

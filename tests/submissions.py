"""What every package for the hidden test set of ISLES 2018 must hold."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import nibabel as nib
import numpy as np

from segrepro.datasets import Case
from segrepro.datasets.layouts.isles2018 import smir_id


def masks_of(package: Path, cases: Sequence[Case], folder: Path) -> list[np.ndarray]:
    """The masks of a package, unpacked into folder: one uint8 mask a case, named and placed as its MTT map is."""
    files = {f"SMIR.segrepro.{smir_id(case.images['mtt'])}.nii": case.images["mtt"] for case in cases}
    assert len(files) == len(cases) > 0
    with zipfile.ZipFile(package) as opened:
        assert opened.testzip() is None
        assert sorted(opened.namelist()) == sorted(files)
        opened.extractall(folder)
    found = []
    for name, path in files.items():
        mask, scan = nib.load(folder / name), nib.load(path)
        assert (mask.shape, mask.get_data_dtype()) == (scan.shape, np.uint8)
        np.testing.assert_allclose(mask.affine, scan.affine, atol=1e-5)
        found.append(np.asarray(mask.dataobj))
        assert set(np.unique(found[-1])) <= {0, 1}
    return found

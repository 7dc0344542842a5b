"""Where a file lies on another grid than the case's first image, the first difference is named."""

from pathlib import Path

import numpy as np
import pytest

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.grids import off_grid
from segrepro.images.image import Image
from tests.scans import affine_of

CASE, FIRST, OTHER = Case("a", "a", "", {}), Path("t1.nii.gz"), Path("label.nii.gz")


def image(shape=(5, 6, 7), **grid):
    return Image(np.zeros(shape, np.uint8), affine_of(**grid))


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (image((5, 6, 8)), "shape (5, 6, 8)"),
        (image(codes="LAS"), "LAS"),
        (image(spacing=(1, 2, 4)), "spacing"),
        (image(tilt=0.3), "affine"),
    ],
)
def test_what_differs_is_named(other, found):
    faults = off_grid(CASE, OTHER, other, (FIRST, image()))
    assert len(faults) == 1
    assert faults[0].file == str(OTHER)
    assert found in faults[0].found


def test_the_same_grid_and_no_reference_have_no_fault():
    assert off_grid(CASE, OTHER, image(), (FIRST, image())) == []
    assert off_grid(CASE, OTHER, image(), None) == []

"""What one mask shows to be wrong."""

from pathlib import Path

import numpy as np
import pytest

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.labels import label_faults, value_faults
from segrepro.images.image import Image
from segrepro.images.io import write_image
from tests.scans import affine_of

PATH = Path("label.nii.gz")


def wrong_values(values, binary=False, allowed=None, ranges=()):
    case = Case("a", "a", "", {}, label_ranges=ranges)
    label = Image(np.array(values).reshape(-1, 1, 1), np.eye(4))
    return [(fault.found, fault.expected) for fault in value_faults(case, PATH, label, binary, allowed)]


def test_values_that_belong():
    assert wrong_values([0, 1]) == wrong_values([0, 255], binary=True) == wrong_values([0, 63], allowed=[63]) == []
    assert wrong_values([0, 60, 70], ranges=((55, 70, 1),)) == []


@pytest.mark.parametrize(
    ("values", "settings", "expected"),
    [
        ([0, 0.5], {}, "whole numbers, 0 or above"),
        ([0, 1, 2], {"binary": True}, "0 and one more"),
        ([0, 0.5], {"binary": True}, "0 and one more"),
        ([0, float("inf")], {"binary": True}, "0 and one more"),
        ([0, 2], {"allowed": [1, 3]}, "0, 1, 3"),
        ([0, 40], {"ranges": ((55, 70, 1),)}, "0, 55-70"),
    ],
)
def test_values_that_do_not(values, settings, expected):
    ((_, wanted),) = wrong_values(values, **settings)
    assert wanted == expected


@pytest.mark.parametrize(("fill", "found"), [(0, "an empty label"), (1, "a label in every voxel")])
def test_a_mask_has_foreground_and_background(tmp_path, fill, found):
    path, affine = tmp_path / "label.nii.gz", affine_of()
    write_image(path, np.full((4, 5, 6), fill, np.uint8), affine)
    case = Case("a", "a", "", {}, labels=(path,))
    reference = (tmp_path / "t1.nii.gz", Image(np.zeros((4, 5, 6)), affine))
    assert [fault.found for fault in label_faults(case, reference, False, True, None)] == [found]
    assert (label_faults(case, reference, True, True, None) == []) == (fill == 0)

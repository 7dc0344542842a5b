"""A picture has two axes in space."""

import numpy as np

from segrepro.images.image import Image


def test_a_picture_has_no_third_axis_of_spacing():
    assert Image(np.zeros((3, 4)), np.eye(4)).spacing_mm == (1.0, 1.0)

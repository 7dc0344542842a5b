"""A picture has two axes in space."""

import numpy as np
import pytest

from segrepro.images.image import Image, belongs_to_a_header


def test_a_picture_has_no_third_axis_of_spacing():
    assert Image(np.zeros((3, 4)), np.eye(4)).spacing_mm == (1.0, 1.0)


@pytest.mark.parametrize(("header", "voxels"), [("a.hdr", "a.img"), ("a.mhd", "a.raw.gz"), ("b.c.HDR", "b.c.IMG")])
def test_the_voxels_of_a_header_are_no_image_of_their_own(tmp_path, header, voxels):
    (tmp_path / voxels).touch()
    assert not belongs_to_a_header(tmp_path / voxels)
    (tmp_path / header).touch()
    assert belongs_to_a_header(tmp_path / voxels)
    assert not belongs_to_a_header(tmp_path / header)

"""What phantoms are drawn with, in millimetres."""

import numpy as np
import pytest

from segrepro.datasets.phantoms._shapes import FIELD_MM, Space, ellipsoid, smooth_noise, step


def space(*counts) -> Space:
    return Space(*(np.linspace(*ends, count, dtype=np.float32) for ends, count in zip(FIELD_MM.T, counts)))


def test_an_ellipsoid_has_its_volume_and_depth():
    grid = space(198, 234, 190)  # 1 mm
    depth = ellipsoid(grid, (10, -20, 5), (30, 40, 20))
    assert depth.max() == pytest.approx(20, abs=1)  # the smallest radius, at the centre
    assert (depth > 0).sum() == pytest.approx(4 / 3 * np.pi * 30 * 40 * 20, rel=0.01)
    x, y, z = (np.argwhere(depth > 0).mean(0) + FIELD_MM[0]).round()
    assert (x, y, z) == pytest.approx((10, -20, 5), abs=1)


def test_a_border_is_soft_over_its_width():
    assert step(np.array([-2, -1, 0, 0.5, 1, 2]), 2.0).tolist() == [0, 0, 0.5, 0.75, 1, 1]


def test_noise_has_unit_variance_and_changes_over_its_length():
    noise = smooth_noise(np.random.default_rng(0), space(80, 90, 70), 12.0)
    assert noise.shape == (80, 90, 70)
    assert noise.std() == pytest.approx(1, abs=0.1)

    def correlation(mm):
        voxels = round(mm / (197 / 79))
        return np.corrcoef(noise[:-voxels].ravel(), noise[voxels:].ravel())[0, 1]

    assert correlation(2.5) > 0.9
    assert abs(correlation(60)) < 0.2


def test_one_seed_is_one_pattern_on_any_grid():
    coarse, fine = (smooth_noise(np.random.default_rng(3), space(*shape), 20.0) for shape in ((5, 5, 5), (9, 9, 9)))
    np.testing.assert_allclose(coarse, fine[::2, ::2, ::2], atol=1e-4)

"""The order of slices."""

import numpy as np

from segrepro.training.slices import Slices


def test_every_epoch_shows_each_slice_once_whenever_it_is_resumed():
    volumes = [np.full((5, 2, 2), case, np.float16) for case in range(3)]
    slices = Slices([volumes], [np.zeros((5, 2, 2), np.uint8)] * 3)
    whole = [b.images for b in map(slices.drawn, slices.shuffled(4, seed=1, first_step=0, steps=8))]
    rest = [b.images for b in map(slices.drawn, slices.shuffled(4, seed=1, first_step=3, steps=5))]
    assert all(np.array_equal(a, b) for a, b in zip(whole[3:], rest, strict=True))
    first_epoch = np.concatenate(whole[:4])[:, 0, 0, 0]
    assert np.bincount(first_epoch.astype(int)).tolist() == [5, 5, 5]

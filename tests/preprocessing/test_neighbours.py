import numpy as np
import pytest

from segrepro.preprocessing.neighbours import with_neighbours
from segrepro.training.slices import Slices


@pytest.mark.parametrize("neighbours", [0, 1, 3])
def test_training_and_prediction_see_the_same_channels(neighbours):
    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=(n, 2, 4, 5)).astype(np.float16) for n in (6, 2))
    channels = [[case[:, channel] for case in (first, second)] for channel in range(2)]
    labels = [np.zeros((len(case), 4, 5), np.uint8) for case in (first, second)]
    slices = Slices(channels, labels, neighbours=neighbours)
    found = slices.batch(range(8)).images
    expected = np.concatenate([with_neighbours(case, neighbours) for case in (first, second)])
    assert found.shape == (8, 2 * (2 * neighbours + 1), 4, 5)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found[:6, neighbours], first[:, 0])

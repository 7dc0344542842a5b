"""The threshold: the number that separates best, in either direction, and what is not scored left out."""

import numpy as np
import pytest
import torch

from segrepro.networks import build_network, list_networks
from segrepro.training.slices import Slices
from segrepro.utils.errors import NetworkError


def slices_of(image, label) -> Slices:
    return Slices([[np.asarray(image, np.float16)[None]]], [np.asarray(label, np.uint8)[None]])


@pytest.mark.parametrize(("bright", "dark"), [(0.8, 0.2), (0.2, 0.8)])
def test_it_finds_what_separates_lesion_from_the_rest(bright, dark):
    label = np.array([[1, 0], [0, 1]])
    slices = slices_of(np.where(label, bright, dark), label)
    network = build_network("threshold", 1, 1)
    scores = network.fit(slices, slices)
    assert scores == {"train_dice": 1.0, "validation_dice": 1.0}
    found = network(torch.from_numpy(slices.batch([0]).images).float()) > 0
    np.testing.assert_array_equal(found[0, 0].numpy(), label > 0)


def test_what_is_not_learned_changes_nothing():
    image, label = np.array([[0.9, 0.8], [0.3, 0.2]]), np.array([[1, 1], [0, 0]])
    scores = build_network("threshold", 1, 1).fit(*[slices_of(image, label)] * 2)
    ignored = slices_of(np.vstack([image, [[0.1, 0.95]]]), np.vstack([label, [[255, 255]]]))
    assert build_network("threshold", 1, 1).fit(ignored, ignored) == scores


def test_it_has_one_output():
    with pytest.raises(NetworkError):
        build_network("threshold", 1, 2)


def test_a_network_is_listed_as_fitted_where_it_has_a_fit():
    for name, info in list_networks().items():
        with torch.device("meta"):
            assert hasattr(build_network(name, *info.channels), "fit") == info.fitted

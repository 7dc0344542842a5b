"""Finished masks stand in the place of a network, and predict nothing."""

import pytest
import torch

from segrepro.networks import build_network, count_parameters, list_networks
from segrepro.utils.errors import NetworkError


def test_nothing_is_learned_and_nothing_predicted():
    network = build_network("given_masks", 2, 1, folder="masks", without_mask="empty")
    assert network.fit(None, None) == {}
    assert count_parameters(network) == (0, 0)
    assert list_networks()["given_masks"].fitted
    with pytest.raises(NetworkError, match="its masks are finished"):
        network(torch.zeros(1, 2, 4, 4))

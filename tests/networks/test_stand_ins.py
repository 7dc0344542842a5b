"""What stands in the place of a network learns nothing and predicts nothing."""

import pytest
import torch

from segrepro.networks import build_network, count_parameters, list_networks
from segrepro.networks.registry import STAND_INS
from segrepro.utils.errors import NetworkError


@pytest.mark.parametrize("name", STAND_INS)
def test_nothing_is_learned_and_nothing_predicted(name):
    network = build_network(name, 2, 1)
    assert network.fit(None, None) == {}
    assert count_parameters(network) == (0, 0)
    assert list_networks()[name].fitted
    with pytest.raises(NetworkError, match="expected a model that segrepro runs"):
        network(torch.zeros(1, 2, 4, 4))

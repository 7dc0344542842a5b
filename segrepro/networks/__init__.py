"""The networks of the five papers, by name. Importing this package does not import torch."""

from segrepro.networks.build import build_network
from segrepro.networks.parameters import count_parameters, printed_count, reported_count
from segrepro.networks.registry import NetworkInfo, check_network, list_networks, network_names

__all__ = [
    "NetworkInfo",
    "build_network",
    "check_network",
    "count_parameters",
    "list_networks",
    "network_names",
    "printed_count",
    "reported_count",
]

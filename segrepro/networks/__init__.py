"""The networks of the five papers, by name. Importing this package does not import torch."""

from segrepro.networks.build import build_network
from segrepro.networks.parameters import (
    as_printed,
    count_at_full_width,
    count_parameters,
    published_count,
    reported_count,
)
from segrepro.networks.registry import NetworkInfo, check_network, list_networks, network_names

__all__ = [
    "NetworkInfo",
    "as_printed",
    "build_network",
    "check_network",
    "count_at_full_width",
    "count_parameters",
    "list_networks",
    "network_names",
    "published_count",
    "reported_count",
]

"""How parameters are counted, and printed as the papers do."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
import torch
from torch import nn

from segrepro.networks import build_network, count_parameters, list_networks, published_count, reported_count

PUBLISHED = Path(__file__).resolve().parents[2] / "published"


def on_meta(name, *channels):
    with torch.device("meta"):
        return count_parameters(build_network(name, *channels))


def test_frozen_weights_do_not_count_and_running_statistics_count_once():
    """3 x 2 weights and 2 biases, then 2 scales, 2 shifts, 2 means and 2 variances."""
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))
    assert count_parameters(network) == (8 + 4, 8 + 4 + 4)
    network[0].weight.requires_grad_(False)
    assert count_parameters(network) == (2 + 4, 2 + 4 + 4)


@pytest.mark.parametrize("name", [n for n, info in list_networks().items() if info.published])
def test_count_is_printed_as_in_the_paper(name):
    info = list_networks()[name]
    printed = published_count(name, *info.channels)
    if name == "resunet_plain":  # the one whose published count no known network has
        assert (printed, info.published) == ("32.44", "81.91")
        assert "no known source" in info.note
    else:
        assert printed == info.published


@pytest.mark.parametrize(("name", "published"), [("hlenet", "5.5×10^6"), ("hlenet_lfe", "3.8×10^6")])
@pytest.mark.parametrize("up", ["deconv", "nearest"])
def test_both_readings_of_lfe_have_the_published_counts(name, published, up):
    assert published_count(name, 4, 1, lfe_up=up) == published


@pytest.mark.parametrize(
    ("table", "networks"),
    [
        (
            "isles_table3_networks.csv",
            ["fcn8s", "unet", "r2unet", "resunet_plain", "slnet", "slnet_no_se", "slnet_no_sn"],
        ),
        ("hlenet_table1.csv", ["unet28", "resunet28", "hlenet_hfe", "hlenet_lfe", "hlenet"]),
        (
            "xnet_table2_comparison.csv",
            ["xnet", "unet_upconv", "resunet", "deeplabv3plus", "denseunet2d", "pspnet", "segnet"],
        ),
    ],
)
def test_published_counts_are_those_of_the_published_tables(table, networks):
    with (PUBLISHED / table).open(newline="") as file:
        published = {row["parameters"] for row in csv.DictReader(file)} - {"", None}
    assert published == {list_networks()[name].published for name in networks}


def test_nothing_but_the_convention_separates_33_1_from_33_2():
    with_statistics = Decimal(reported_count("resunet", 1, 1))
    assert f"{with_statistics / 10**6:.1f}" == "33.2"
    assert f"{on_meta('resunet', 1, 1)[0] / 1e6:.1f}" == "33.1"

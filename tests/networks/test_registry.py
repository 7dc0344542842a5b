"""Names and options of the networks, known without building one."""

import importlib
import inspect
import subprocess
import sys

import pytest

from segrepro.networks import build_network, check_network, list_networks, network_names
from segrepro.networks.registry import STAND_INS, check_option, network_info
from segrepro.utils.errors import NetworkError


def test_names_and_checks_do_not_import_torch():
    code = (
        "import sys; import segrepro.networks.initialise; from segrepro.networks import *;"
        "from segrepro.losses import list_losses, check_loss;"
        "list_networks(), network_names(), list_losses(); check_network('xnet'); check_loss('ce');"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", [name for name in network_names() if name not in STAND_INS])
def test_listed_options_are_those_of_the_function(name):
    info = list_networks()[name]
    function = getattr(importlib.import_module(f"segrepro.networks.{info.family}"), name)
    parameters = list(inspect.signature(function).parameters.values())
    assert [p.name for p in parameters[:2]] == ["in_channels", "out_channels"]
    assert {p.name: p.default for p in parameters[2:]} == info.options


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("synthesis", {"groups": {"fo": "4"}}, "found groups.fo '4'; expected a whole number above 0"),
        ("synthesis", {"groups": {"fo": 1, "fl": 0}}, "found groups.fl 0; expected a whole number above 0"),
        ("pseudo_dwi", {"groups": 3}, "found groups 3; expected names and numbers of channels"),
        ("synthesis", {"groups": {}}, "found groups {}"),
        ("pseudo_dwi", {"segmenter_inputs": "fo"}, "found segmenter_inputs 'fo'; expected a list of groups"),
        ("xnett", {}, "network xnett: found no network of that name.* Did you mean xnet"),
        (
            "xnet",
            {"base_with": 8},
            "found option base_with; expected base_width, similarity. Did you mean base_width",
        ),
        ("xnet", {"similarity": "cosine"}, "found similarity 'cosine'; expected softmax or dot"),
        ("unet", {"base_width": 0}, "found base_width 0; expected a whole number above 0"),
        ("unet", {"base_width": 8.5}, "found base_width 8.5"),
        ("unet", {"in_channels": 0}, "found in_channels 0"),
        ("unet", {"out_channels": True}, "found out_channels True"),
    ],
)
def test_a_wrong_name_or_option_is_refused(name, options, message):
    options = {"in_channels": 1, "out_channels": 1, **options}
    channels = options.pop("in_channels"), options.pop("out_channels")
    for function in (check_network, build_network):
        with pytest.raises(NetworkError, match=message):
            function(name, *channels, **options)


def test_a_network_of_ones_own_has_options_of_its_own():
    check_option("my_networks:Net", "anything", object())
    with pytest.raises(NetworkError) as error:
        check_network("my_networks:Net", 1, 0, anything=1)
    assert (error.value.where, error.value.found) == ("network my_networks:Net", "out_channels 0")


def test_an_entry_is_frozen_and_the_list_a_copy():
    list_networks().pop("xnet")
    assert network_info("xnet").channels == (1, 1)

"""The networks of experiments that do not run, counted without scans."""

import pytest

from segrepro.networks import as_printed
from segrepro.report.tables.parameters import full_counts
from segrepro.workflow.config.load import load_study
from segrepro.workflow.plan.network_sizes import channel_count, unrun_networks

# As the papers print them.
PRINTED = {
    "xnet": {
        "pspnet": "48.1M",
        "segnet": "29.5M",
        "deeplabv3plus": "41.3M",
        "denseunet2d": "50.0M",
        "resunet": "33.2M",
    },
    "pseudo_dwi": {"fcn_ce": "18.64", "r2unet_ce": "39.09"},
    "hlenet": {"hlenet": "5.5×10^6", "resunet28": "6.2×10^6"},
}


@pytest.mark.parametrize("scale", ["demo", "paper"])
@pytest.mark.parametrize("name", PRINTED)
def test_networks_that_do_not_run_have_the_printed_count_at_every_scale(name, scale):
    found = unrun_networks(load_study(name, scale), set())
    printed = PRINTED[name]
    for experiment, count in full_counts({name: found[name] for name in printed}).items():
        network = found[experiment]
        assert as_printed(count, network.network, **network.options) == printed[experiment]


def test_only_what_does_not_run_and_can_be_counted_is_there():
    study = load_study("xnet", "demo")
    found = unrun_networks(study, {"xnet", "unet"})
    assert not {"xnet", "unet", "threshold"} & found.keys()
    assert found["pspnet"].in_channels == 1
    assert found["pspnet"].out_channels == 1


def test_channels_are_those_of_the_layout_and_of_the_slices_beside():
    experiment = load_study("hlenet", "demo").resolved["hlenet"]
    assert channel_count(experiment, "isic2017") == 4
    assert channel_count(experiment, "nnunet") is None  # its files say what they are

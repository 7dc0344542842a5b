"""What a study's file may leave out is written out before anything looks at it."""

import pytest

from segrepro.workflow.config.short_forms import written_out

STUDY = {
    "experiment_defaults": {"loss": "dice", "options": {"base_width": 4}},
    "input_groups": {"fo": ["cbf", "cbv"], "fl": ["mip"]},
    "experiments": {
        "unet": {"label": "U-Net", "network": "unet", "main": True},
        "wide": {"like": "unet", "options": {"base_width": 8}},
        "deep": {"like": "wide", "loss": "ce"},
    },
}


def experiments(**changes) -> dict:
    return written_out(STUDY | {"experiments": STUDY["experiments"] | changes})["experiments"]


def test_an_experiment_has_the_keys_of_the_one_that_it_is_like_but_its_label_and_main():
    assert experiments()["deep"] == {
        "loss": "ce",
        "network": "unet",
        "options": {"base_width": 8},
        "label": "deep",
    }


@pytest.mark.parametrize("like", ["unett", "own", 3, ["unet"]])
def test_it_can_be_like_no_other_than_one_that_is_there(like):
    with pytest.raises(ValueError, match="own"):
        experiments(own={"like": like})


def test_a_circle_of_likes_is_refused():
    with pytest.raises(ValueError, match="another experiment"):
        experiments(unet={"like": "deep"})


def test_groups_of_inputs_become_channels_and_tell_the_network_their_sizes():
    found = experiments(
        full={"network": "pseudo_dwi", "inputs": ["fo", "fl"], "options": {"segmenter": "unet"}},
        plain={"network": "unet", "inputs": ["fl", "t1"]},
    )
    assert found["full"]["inputs"] == ["cbf", "cbv", "mip"]
    assert found["full"]["options"] == {"groups": {"fo": 2, "fl": 1}, "base_width": 4, "segmenter": "unet"}
    assert found["plain"]["inputs"] == ["mip", "t1"]
    assert "groups" not in found["plain"]["options"]


def test_a_row_is_the_name_of_its_experiment_and_published_under_its_label():
    table = {"published": "xnet_table1_fsm_ablation.csv"}
    rows = ["unet", {"experiment": "wide", "published_as": "X-Net (with FSM)"}, "deep", {"label": "ResUNet"}]
    rows.append({"experiment": "unet", "published_as": None})
    found = written_out(STUDY | {"tables": {"table1": table | {"rows": rows}}})["tables"]["table1"]["rows"]
    assert found == [
        {"label": "U-Net", "experiment": "unet", "published_as": "U-Net"},
        {"label": "wide", "experiment": "wide", "published_as": "X-Net (with FSM)"},
        {"label": "deep", "experiment": "deep", "published_as": None},
        {"label": "ResUNet", "published_as": "ResUNet"},
        {"label": "U-Net", "experiment": "unet", "published_as": None},
    ]


@pytest.mark.parametrize(
    "content", [{}, {"experiments": 3}, {"experiments": {"a": 3}}, {"experiments": {}, "tables": 3}]
)
def test_what_is_no_mapping_is_left_for_the_model_to_refuse(content):
    assert written_out(content) == content

import pytest

from segrepro.utils.errors import ConfigError
from segrepro.workflow.config.load import load_study


def faults(study, overrides):
    with pytest.raises(ConfigError) as error:
        load_study(study, "paper", overrides)
    return str(error.value).splitlines()


def test_single_slices_are_those_of_the_scan():
    by_slice = {"count": 1, "by": "slice", "test_fraction": 0.2, "published": {}}
    lines = faults("xnet", {"preparation": {"slices": "coronal"}, "folds": by_slice})
    assert len(lines) == len(load_study("xnet", "paper").experiments)
    assert "found slices coronal, of which single ones are divided" in lines[0]
    spaced = {"preparation": {"spacing_mm": [2.0, 1.0, 1.0]}, "folds": by_slice}
    assert "axial, 2 mm apart" in faults("xnet", spaced)[0]
    load_study("xnet", "paper", {"preparation": {"spacing_mm": [None, 1.0, 1.0]}, "folds": by_slice})


def test_neighbours_where_there_can_be_some():
    load_study("xnet", "paper", {"experiments": {"xnet": {"neighbours": 1}}})
    (line,) = faults("xnet", {"experiments": {"threshold": {"neighbours": 1}}})
    assert "experiments.threshold.neighbours: found 1 beside the network threshold" in line
    (line,) = faults("hlenet", {"experiments": {"unet28": {"neighbours": 2}}})
    assert "2 beside pictures" in line
    (line,) = faults("xnet", {"experiments": {"unet": {"neighbours": -1}}})
    assert "experiments.unet.neighbours: found -1" in line


def test_attention_maps_need_axial_slices_alone():
    shown = {"figures": {"fig4_attention": {"experiments": ["hlenet_spleen"]}}}
    load_study("hlenet", "paper", shown)
    (line,) = faults("hlenet", shown | {"experiments": {"hlenet_spleen": {"neighbours": 1}}})
    assert "figures.fig4_attention.experiments: found hlenet_spleen, with 1 neighbours, axial" in line

"""Study, data set and experiment are merged once; the experiment has the last word."""

import pytest

from segrepro.utils.errors import ConfigError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import load_studies


def xnet(**changes):
    return load_studies(load_config({"studies": "xnet", "scale": "paper", "overrides": {"xnet": changes}}))["xnet"]


def test_the_experiment_goes_before_the_data_set_and_that_before_the_study():
    study = xnet(
        folds={"seed": 1},
        datasets={"atlas": {"folds": {"seed": 2, "count": 4}}},
        experiments={"xnet": {"folds": {"seed": 3}, "recipe": {"batch_size": 2}}},
    )
    own, other = (study.resolved[name] for name in ("xnet", "unet"))
    assert (own.folds.seed, own.folds.count, own.recipe.batch_size) == (3, 4, 2)
    assert (other.folds.seed, other.folds.count, other.recipe.batch_size) == (2, 4, 8)


def test_a_fault_of_a_merged_part_stands_where_its_key_stands():
    with pytest.raises(ConfigError) as caught:
        xnet(experiments={"xnet": {"recipe": {"batch_size": 0}}})
    assert "experiments.xnet.recipe.batch_size" in caught.value.where


def test_a_network_has_the_shared_options_that_it_knows():
    study = xnet(network_options={"base_width": 8})
    assert study.resolved["xnet"].options == {"base_width": 8}
    assert study.resolved["threshold"].options == {}

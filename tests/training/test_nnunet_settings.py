"""What may be said to nnU-Net."""

import pytest
from pydantic import ValidationError

from segrepro.networks.registry import NNUNET, network_info
from segrepro.training import nnunet_settings
from segrepro.training.nnunet_settings import Options, missing_nnunet, nnunet_recipe
from segrepro.training.recipe import Recipe


@pytest.mark.parametrize(
    "wrong", [{}, {"epochs": 1, "minutes": 1}, {"epochs": 1, "configuration": "4d"}, {"epochs": 0}]
)
def test_there_is_one_budget_and_a_known_configuration(wrong):
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)


def test_the_budget_in_words():
    assert Options(minutes=4).budget == "4 minutes a fold"
    assert Options(epochs=250).budget == "250 epochs"


def test_the_keys_are_those_of_the_list_of_networks():
    assert list(network_info(NNUNET).options) == list(Options.model_fields)


def test_its_training_in_a_recipes_words():
    recipe = Recipe.model_validate(nnunet_recipe({"minutes": 4}))
    assert (recipe.optimiser.name, recipe.optimiser.nesterov, recipe.epochs) == ("sgd", True, 1000)
    assert recipe.schedule.share(500, 1000) == pytest.approx(0.5**0.9)


def test_a_missing_package_is_one_line_with_the_remedy(monkeypatch):
    monkeypatch.setattr(nnunet_settings, "find_spec", lambda name: None)
    (fault,) = missing_nnunet("xnet: experiments.nnunet")
    assert (fault.where, fault.found) == ("xnet: experiments.nnunet", "no package nnunetv2")
    assert "pip install 'segrepro[nnunet]'" in fault.remedy
    monkeypatch.setattr(nnunet_settings, "find_spec", lambda name: name)
    assert missing_nnunet("") == []

"""How trained experiments make a row."""

import pytest
from pydantic import ValidationError

from segrepro.inference.combined_settings import Options
from segrepro.networks.registry import COMBINED, network_info


def test_from_names_one_or_several_each_once():
    assert Options.model_validate({"from": ["a", "b"], "tta": True}).members == ["a", "b"]
    for wrong in ([], ["a", "a"]):
        with pytest.raises(ValidationError):
            Options.model_validate({"from": wrong})


def test_the_keys_are_those_of_the_list_of_networks():
    keys = [field.alias or name for name, field in Options.model_fields.items()]
    assert list(network_info(COMBINED).options) == keys

"""The schemas in `schemas/` are those of the models, and hold for the files as people write them."""

import json

import pytest
from jsonschema import Draft202012Validator

from segrepro.utils.repository import REPOSITORY
from segrepro.utils.yaml_files import read_yaml
from segrepro.workflow.config.load import study_names
from segrepro.workflow.config.schemas import schemas


@pytest.mark.parametrize("name", ["config.schema.json", "study.schema.json"])
def test_the_schemas_in_the_repository_are_those_of_the_models(name):
    assert (REPOSITORY / "schemas" / name).read_text() == schemas()[name]


def faults(schema: str, content: dict) -> list[str]:
    # An editor sees text only for keys, which YAML may read as numbers.
    written = json.loads(json.dumps(content))
    return [error.message for error in Draft202012Validator(json.loads(schemas()[schema])).iter_errors(written)]


@pytest.mark.parametrize("name", study_names())
def test_every_study_file_is_as_its_schema_says(name):
    assert faults("study.schema.json", read_yaml(REPOSITORY / f"studies/{name}.yaml")) == []


def test_the_schema_refuses_what_a_study_does_not_have():
    study = read_yaml(REPOSITORY / "studies/xnet.yaml")
    assert faults("study.schema.json", study | {"figure": {}})
    assert faults("study.schema.json", study | {"scales": {"tiny": {}}})


def test_config_yaml_is_as_its_schema_says():
    assert faults("config.schema.json", read_yaml(REPOSITORY / "config.yaml")) == []

"""The folder for the Hub is a model that segrepro reads, with a page."""

import yaml
from safetensors.torch import load_file

from segrepro.report.model_export import export_model
from segrepro.training.model import load_model


def test_it_is_the_model(model, tmp_path):
    export_model(model, "huggingface", tmp_path / "out")
    copy, first = load_model(tmp_path / "out"), load_model(model)
    assert copy.card == first.card
    weights = load_file(tmp_path / "out/model.safetensors")
    assert all((weights[name] == tensor).all() for name, tensor in first.network.state_dict().items())


def test_its_page_begins_with_what_the_hub_reads(model, tmp_path):
    export_model(model, "huggingface", tmp_path / "out")
    _, front, _ = (tmp_path / "out/README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front) == {
        "library_name": "segrepro",
        "license": "apache-2.0",
        "pipeline_tag": "image-segmentation",
        "tags": ["medical-imaging", "segmentation", "atlas"],
    }

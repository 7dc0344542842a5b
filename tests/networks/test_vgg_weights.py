"""Pretrained weights: known by their digest, read where this machine has them, not needed once a model is trained."""

import json

import pytest
import torch

from segrepro.networks import build_network
from segrepro.networks.vgg import vgg_features
from segrepro.networks.vgg_weights import PRETRAINED, load_pretrained
from segrepro.training.model import load_model
from segrepro.training.train import new_network
from segrepro.utils.errors import NetworkError
from segrepro.utils.files import file_sha256
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan, pretrained_files
from segrepro.workflow.result_settings import settings_file
from tests.models import save
from tests.training.test_trainer import settings

EXPERIMENT = {"network": "vgg_fcn", "inputs": ["t1", "flair", "residue"], "options": {}}


@pytest.fixture
def weights(tmp_path):
    """A file like torchvision's."""
    state = {f"features.{key}": value for key, value in vgg_features(3, 64).state_dict().items()}
    torch.save(state, tmp_path / "vgg16.pth")
    return tmp_path / "vgg16.pth"


def plan_with(path):
    return make_plan(load_config({"studies": "wmh", "experiments": ["fcn_pretrained"], "pretrained": {"vgg16": path}}))


def test_where_the_file_lies_changes_no_run(tmp_path):
    here, there = tmp_path / "here.pth", tmp_path / "there.pth"
    for path in (here, there):
        path.touch()
    first, second = plan_with(str(here)), plan_with(str(there))
    assert list(first.all_runs) == list(second.all_runs)
    assert settings_file(first, "wmh") == settings_file(second, "wmh")
    settings = first.run_settings(next(iter(first.all_runs)), 0)
    assert "here.pth" not in settings.model_dump_json()
    assert settings.options == {}
    assert pretrained_files(first.config) == {settings.pretrained_sha256: str(here)}


def test_other_runs_have_no_trace_of_pretrained_weights(weights):
    plan = make_plan(load_config({"studies": "wmh", "experiments": ["fcn"], "pretrained": {"vgg16": str(weights)}}))
    assert all("pretrained_sha256" not in run.settings for run in plan.all_runs.values())


def test_a_trained_model_loads_where_the_file_is_gone(tmp_path, weights, monkeypatch):
    digest = file_sha256(weights)
    monkeypatch.setenv(PRETRAINED, json.dumps({digest: str(weights)}))
    own = settings(1).model_copy(update=EXPERIMENT | {"pretrained_sha256": digest})
    network = new_network(own, 3)
    trunk = torch.load(weights, weights_only=True)
    assert torch.equal(network.features[2].weight, trunk["features.2.weight"])
    save(tmp_path / "model", network, network="vgg_fcn", options={}, channels=EXPERIMENT["inputs"], in_channels=3)
    weights.unlink()
    monkeypatch.delenv(PRETRAINED)
    loaded = load_model(tmp_path / "model").network
    assert torch.equal(loaded.features[2].weight, trunk["features.2.weight"])


def test_what_cannot_be_loaded_is_said(weights, monkeypatch):
    digest = file_sha256(weights)
    with pytest.raises(NetworkError, match="no file; expected one named under `weights` in config.yaml"):
        load_pretrained(build_network("vgg_fcn", 3, 2), digest)
    monkeypatch.setenv(PRETRAINED, json.dumps({digest: str(weights)}))
    with pytest.raises(NetworkError, match="2 input channels, base_width 64; expected 3 and 64"):
        load_pretrained(build_network("vgg_fcn", 2, 2), digest)
    with pytest.raises(NetworkError, match="base_width 4; expected 3 and 64"):
        load_pretrained(build_network("vgg_fcn", 3, 2, base_width=4), digest)
    with pytest.raises(NetworkError, match="found UNet; expected vgg_fcn"):
        load_pretrained(build_network("unet", 3, 2, base_width=4), digest)
    weights.unlink()
    with pytest.raises(NetworkError, match="no such file"):
        load_pretrained(build_network("vgg_fcn", 3, 2), digest)

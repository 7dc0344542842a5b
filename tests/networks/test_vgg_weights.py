"""Pretrained weights: known by their digest, read where this machine has them, not needed once a model is trained."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from segrepro.datasets.replicas import write_replica
from segrepro.datasets.replicas.vgg16 import CAFFE, REDUCED, V1
from segrepro.networks import build_network
from segrepro.networks.vgg import vgg_features
from segrepro.networks.vgg_weights import PRETRAINED, load_pretrained, load_vgg
from segrepro.training.model import load_model
from segrepro.training.train import new_network
from segrepro.utils.errors import NetworkError
from segrepro.utils.files import file_sha256
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.pretrained import pretrained_files
from segrepro.workflow.result_settings import settings_file
from tests.models import save
from tests.raised import raised
from tests.training.test_trainer import settings

EXPERIMENT = {"network": "vgg_fcn", "inputs": ["t1", "flair", "residue"], "options": {}}


@pytest.fixture
def weights(tmp_path):
    """A file like torchvision's."""
    state = {f"features.{key}": value for key, value in vgg_features(3, 64).state_dict().items()}
    torch.save(state | {"classifier.0.weight": torch.zeros(2, 2)}, tmp_path / "vgg16.pth")
    return tmp_path / "vgg16.pth"


def plan_with(path):
    chosen = {"studies": "wmh", "experiments": ["fcn_pretrained"], "pretrained": {"vgg16": path}}
    return make_plan(load_config(chosen | {"weights_sha256": file_sha256(Path(path))}))


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


# Of each file: what its publisher says that it wants of RGB values of 0 to 255.
WANTED = {
    V1: lambda rgb: (rgb / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225]),
    CAFFE: lambda rgb: rgb - np.array([123, 117, 104]),
    REDUCED: lambda rgb: rgb - np.array([123, 117, 104]),
}


@pytest.mark.parametrize("name", list(WANTED))
def test_each_file_of_vgg16_is_known_by_its_keys_and_gets_its_own_input(tmp_path, name):
    write_replica("vgg16", tmp_path / "weights", shrink=16)
    stored = torch.load(tmp_path / "weights" / name, weights_only=True)
    first = next(value for key, value in stored.items() if key.endswith("0.weight"))
    rgb = np.random.default_rng(0).integers(0, 256, (9, 8, 3))
    wanted = torch.from_numpy(WANTED[name](rgb)).float().permute(2, 0, 1)[None]
    expected = torch.nn.functional.conv2d(wanted, first, padding=1)
    features = vgg_features(3, 4)
    load_vgg(features, tmp_path / "weights" / name)
    found = features[0](torch.from_numpy(rgb[..., ::-1] - 127.0).float().permute(2, 0, 1)[None])
    inside = (..., slice(1, -1), slice(1, -1))
    torch.testing.assert_close(found[inside], expected[inside], rtol=1e-3, atol=1e-2 * float(expected.abs().max()))


def test_convolutions_alone_do_not_tell_what_they_were_trained_for(tmp_path):
    torch.save({f"features.{k}": v for k, v in vgg_features(3, 4).state_dict().items()}, tmp_path / "features.pth")
    with pytest.raises(NetworkError) as caught:
        load_vgg(vgg_features(3, 4), tmp_path / "features.pth")
    assert caught.value.found == "convolutions without a classifier"


def test_other_runs_have_no_trace_of_pretrained_weights(weights):
    chosen = {"studies": "wmh", "experiments": ["fcn"], "pretrained": {"vgg16": str(weights)}}
    plan = make_plan(load_config(chosen | {"weights_sha256": file_sha256(weights)}))
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
    with raised(NetworkError, found="no file", expected="one named under `weights` in config.yaml"):
        load_pretrained(build_network("vgg_fcn", 3, 2), digest)
    monkeypatch.setenv(PRETRAINED, json.dumps({digest: str(weights)}))
    with raised(NetworkError, found="2 input channels, base_width 64", expected="3 and 64"):
        load_pretrained(build_network("vgg_fcn", 2, 2), digest)
    with raised(NetworkError, found="base_width 4", expected="3 and 64"):
        load_pretrained(build_network("vgg_fcn", 3, 2, base_width=4), digest)
    with raised(NetworkError, found="UNet", expected="vgg_fcn"):
        load_pretrained(build_network("unet", 3, 2, base_width=4), digest)
    weights.unlink()
    with raised(NetworkError, found="no such file"):
        load_pretrained(build_network("vgg_fcn", 3, 2), digest)

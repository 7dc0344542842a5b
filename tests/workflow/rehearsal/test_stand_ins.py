"""Replicas stand in for data that are not named, and for weights."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from segrepro.utils.errors import ConfigError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import load_study
from segrepro.workflow.rehearsal import stand_ins
from segrepro.workflow.rehearsal.stand_ins import has_own_data, with_data, with_weights


@pytest.fixture
def written(monkeypatch):
    """The replicas that were asked for, which are folders with one empty file."""
    asked = []

    def write_replica(release, path, **settings):
        asked.append((release, settings["cases"]))
        path.mkdir(parents=True)
        (path / "a.pth").touch()

    monkeypatch.setattr(stand_ins, "write_replica", write_replica)
    monkeypatch.setattr(stand_ins, "ProcessPoolExecutor", lambda workers, context: ThreadPoolExecutor(workers))
    return asked


def test_a_folder_that_is_named_is_taken_and_the_rest_stands_in(written, tmp_path):
    given = {"scale": "paper", "studies": "hlenet", "experiments": "all", "data": {"spleen": "/scans"}}
    config = with_data(load_config(given), tmp_path)
    assert config.data == {"isic2017": str(tmp_path / "replicas/isic2017-1"), "spleen": "/scans"}
    assert written == [("isic2017", 6)]


def test_one_replica_serves_both_sets_of_a_release(written, tmp_path):
    config = with_data(load_config({"scale": "paper", "studies": "scse", "experiments": "all"}), tmp_path)
    assert len(set(config.data.values())) == 1
    assert written == [("chaos", 4)]


def test_the_edition_that_has_the_dwi_stands_in(written, tmp_path):
    config = with_data(load_config({"scale": "paper", "studies": "pseudo_dwi", "experiments": "main"}), tmp_path)
    assert config.data == {"isles2018": str(tmp_path / "replicas/isles2018_first-1")}


def test_weights_stand_in_where_an_experiment_wants_them(written, tmp_path):
    config = load_config({"scale": "paper", "studies": "wmh", "experiments": "all"})
    assert with_weights(config, tmp_path).pretrained == {"vgg16": str(tmp_path / "replicas/vgg16-1/a.pth")}
    assert with_weights(load_config({"scale": "paper", "studies": "xnet"}), tmp_path).pretrained == {}


def test_a_set_of_ones_own_has_to_be_named(tmp_path):
    spec = load_study("xnet", "paper").datasets["atlas"].model_copy(update={"release": None})
    config = load_config({"scale": "paper", "studies": "xnet"})
    assert has_own_data("atlas", spec, config) is None
    with pytest.raises(ConfigError) as caught:
        stand_ins._stand_in("atlas", spec, config, tmp_path, 1)
    assert caught.value.where.endswith("data")

"""A model on disk: its weights are the card's, and which of them are loaded."""

import os
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.networks import build_network
from segrepro.training.model import CARD, CODE, WEIGHTS, digests, load_model, save_model, share_model, weights_content
from segrepro.utils.errors import ModelError
from segrepro.utils.files import file_sha256
from segrepro.utils.own_code import contents
from segrepro.utils.own_code import digests as own_digests
from tests.models import card_of, save
from tests.raised import raised
from tests.training.cards import change_card


def replace_weights(folder, state) -> None:
    """Other weights, with a card that has their digest."""
    save_file(state, folder / WEIGHTS["best"])
    change_card(folder, lambda card: card["sha256"].update(best=file_sha256(folder / WEIGHTS["best"])))


@pytest.mark.parametrize("checkpoint", WEIGHTS)
def test_a_flipped_byte_in_the_weights_is_found(model, checkpoint):
    file = model / WEIGHTS[checkpoint]
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError) as error:
        load_model(model, checkpoint)
    assert error.value.where == str(file)
    assert file_sha256(file) in error.value.found
    told = CliRunner().invoke(app, ["info", "--model", str(file)])
    assert isinstance(told.exception, ModelError)
    assert told.exception.where == str(file)


@pytest.mark.parametrize("name", ["model.json", *WEIGHTS.values()])
def test_a_pipe_in_the_place_of_a_file_is_named(model, name):
    (model / name).unlink()
    os.mkfifo(model / name)
    with pytest.raises(ModelError) as error:
        load_model(model / name)
    assert error.value.where == str(model / name)


@pytest.mark.parametrize("checkpoint", WEIGHTS)
def test_weights_that_are_gone_are_missed(model, checkpoint):
    (model / WEIGHTS[checkpoint]).unlink()
    with pytest.raises(ModelError) as error:
        load_model(model, checkpoint)
    assert error.value.where == str(model / WEIGHTS[checkpoint])


def test_no_tensors_or_too_few_are_no_model(model):
    state = load_file(model / WEIGHTS["best"])
    for kept in (0, len(state) - 1):
        replace_weights(model, dict(list(state.items())[:kept]))
        with pytest.raises(ModelError) as error:
            load_model(model)
        assert error.value.where == str(model / WEIGHTS["best"])
        assert error.value.found.startswith(f"{kept} tensors")
        assert error.value.expected == f"the network's {len(state)}"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_no_model(model, value):
    state = load_file(model / WEIGHTS["best"])
    state["head.bias"] = torch.full_like(state["head.bias"], value)
    replace_weights(model, state)
    with pytest.raises(ModelError) as error:
        load_model(model)
    assert error.value.found.endswith("head.bias")


def test_the_scored_checkpoint_is_loaded_unless_a_file_is_named(tmp_path):
    best, last = (build_network("unet", 1, 1, base_width=4) for _ in range(2))
    for scored, network in (("best", best), ("last", last)):
        save(tmp_path, best, last, checkpoint=scored)
        loaded = load_model(tmp_path)
        assert loaded.checkpoint == scored
        assert torch.equal(loaded.network.head.weight, network.head.weight)
    assert load_model(tmp_path / WEIGHTS["best"]).checkpoint == "best"
    assert load_model(tmp_path, "best").checkpoint == "best"


OWN = """
from torch import nn
class Net(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, 1)
    def forward(self, images):
        return self.layer(images) * {times}
"""


@pytest.fixture
def own_model(tmp_path, monkeypatch):
    """A model of a network of one's own, whose file in the current folder has been edited since."""
    (tmp_path / "kept_net.py").write_text(OWN.format(times=1))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    torch.manual_seed(0)
    network = build_network("kept_net:Net", 1, 1)
    weights = {kind: weights_content(network.state_dict()) for kind in WEIGHTS}
    code, found = contents(["kept_net:Net"]), own_digests(["kept_net:Net"])
    card = card_of(network="kept_net:Net", options={}, own_code=found, sha256=digests(weights))
    save_model(tmp_path / "model", weights, card, code)
    (tmp_path / "kept_net.py").write_text(OWN.format(times=100))
    sys.modules.pop("kept_net", None)
    yield tmp_path / "model"
    sys.modules.pop("kept_net", None)


def test_a_model_runs_the_code_that_it_was_trained_with(own_model, capsys):
    images = torch.ones(1, 1, 2, 2)
    now = build_network("kept_net:Net", 1, 1)
    loaded = load_model(own_model, trust_code=True).network
    now.load_state_dict(loaded.state_dict())
    assert torch.allclose(now.eval()(images), 100 * loaded(images))
    assert f"runs kept_net:Net of {own_model / 'code/kept_net.py'}" in capsys.readouterr().out


def test_code_of_a_model_runs_only_where_it_is_trusted_and_is_what_the_card_says(own_model, tmp_path):
    (tmp_path / "kept_net.py").write_text("raise SystemExit('run')\n")
    with pytest.raises(ModelError) as error:
        load_model(own_model)
    assert (error.value.where, "--trust-code" in error.value.remedy) == (str(own_model / CARD), True)
    assert str(own_model / "code/kept_net.py") in error.value.found
    (own_model / "code/kept_net.py").write_text("raise SystemExit('run')\n")
    with pytest.raises(ModelError) as error:
        load_model(own_model, trust_code=True)
    assert error.value.where == str(own_model / "code/kept_net.py")


@pytest.mark.parametrize("network", ["kept_net:Net", "antigravity:fly_anywhere", "os:system"])
def test_a_card_that_names_code_runs_none(own_model, network):
    change_card(own_model, lambda card: card.update(network=network, own_code={}, options={"command": "exit 1"}))
    with raised(ModelError, found="installed package", expected="code that you trust"):
        load_model(own_model)
    assert network.partition(":")[0] not in set(sys.modules) - {"os"}


def test_a_shared_model_says_whose_it_is_now_and_keeps_all_else(own_model, tmp_path):
    other = card_of(name="late", experiment="late", checkpoint="last", own_code=own_digests(["kept_net:Net"]))
    kept = {"own_code": load_model(own_model, trust_code=True).card.own_code, "network": "kept_net:Net", "options": {}}
    files = share_model(own_model, tmp_path / "late", other.model_copy(update=kept))
    assert sorted(file.relative_to(tmp_path / "late").as_posix() for file in files) == [
        f"{CODE}/kept_net.py", "last.safetensors", "model.json", "model.safetensors",
    ]  # fmt: skip
    shared, first = load_model(tmp_path / "late", trust_code=True), load_model(own_model, trust_code=True)
    assert (shared.checkpoint, shared.card.name) == ("last", "late")
    assert shared.card.sha256 == first.card.sha256
    assert shared.card.provenance == first.card.provenance


def test_a_damaged_model_is_not_shared(model, tmp_path):
    (model / WEIGHTS["last"]).write_bytes(b"0")
    with pytest.raises(ModelError) as error:
        share_model(model, tmp_path / "late", card_of(name="late"))
    assert error.value.where == str(model / WEIGHTS["last"])
    assert not (tmp_path / "late").exists()

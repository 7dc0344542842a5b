"""A model on disk: its weights are the card's, and which of them are loaded."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.networks import build_network
from segrepro.training.model import WEIGHTS, load_model
from segrepro.utils.errors import ModelError
from segrepro.utils.files import file_sha256
from tests.models import save
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

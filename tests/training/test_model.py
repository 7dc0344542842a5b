"""A model on disk: what its card must hold, that its weights are the card's, and which of them are loaded."""

import json
from contextlib import suppress

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.networks import build_network
from segrepro.training.model import CARD, WEIGHTS, load_model, read_card
from segrepro.utils.errors import ModelError
from segrepro.utils.files import file_sha256
from tests.models import save, write_model


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "model")


def change_card(folder, change) -> None:
    card = json.loads((folder / CARD).read_text())
    change(card)
    (folder / CARD).write_text(json.dumps(card))


def replace_weights(folder, state) -> None:
    """Other weights, with a card that has their digest."""
    save_file(state, folder / WEIGHTS["best"])
    change_card(folder, lambda card: card["sha256"].update(best=file_sha256(folder / WEIGHTS["best"])))


def test_a_card_comes_back_as_it_was_written(tmp_path):
    network = build_network("unet", 1, 1, base_width=4)
    written = save(tmp_path, network)
    assert read_card(tmp_path) == written
    assert read_card(tmp_path / CARD) == read_card(tmp_path / WEIGHTS["last"]) == written


def leaves(content, above=()):
    """The path of every value of a card that is not free of form."""
    for key, value in content.items():
        yield (*above, key)
        if isinstance(value, dict) and key not in ("options", "labels", "validation", "versions", "machine"):
            yield from leaves(value, (*above, key))


def test_every_missing_key_is_named_with_its_file(model):
    whole = json.loads((model / CARD).read_text())
    optional = {"recipe", "preparation", "augmentation"}  # their keys have defaults
    for path in leaves(whole):
        if path[0] in optional and len(path) > 1:
            continue
        card = json.loads(json.dumps(whole))
        inner = card
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]
        (model / CARD).write_text(json.dumps(card))
        with pytest.raises(ModelError) as error:
            read_card(model)
        assert error.value.where.startswith(str(model / CARD))
        assert path[-1] in str(error.value) or path[0] == "sha256"


@pytest.mark.parametrize("value", [None, [], "text", -1, 1e400, {"a": 1}, True, [[0] * 99]])
def test_a_mistyped_value_of_any_key_is_a_model_error_or_harmless(model, value):
    whole = json.loads((model / CARD).read_text())
    for path in leaves(whole):
        card = json.loads(json.dumps(whole))
        inner = card
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        (model / CARD).write_text(json.dumps(card))
        with suppress(ModelError):
            read_card(model)


def test_all_faults_of_a_card_come_at_once(model):
    change_card(model, lambda card: (card.pop("channels"), card.update(fold="first"), card["dataset"].pop("labels")))
    with pytest.raises(ModelError) as error:
        read_card(model)
    lines = str(error.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["fold", "dataset.labels", "channels"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b"1" * 5000, b"null"])
def test_what_is_no_card_is_said(model, content):
    (model / CARD).write_bytes(content)
    with pytest.raises(ModelError) as error:
        load_model(model)
    assert error.value.where == str(model / CARD)


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

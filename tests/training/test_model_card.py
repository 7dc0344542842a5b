"""A model's card: what it must hold, and every fault of it at once."""

import json
from contextlib import suppress

import pytest

from segrepro.networks import build_network
from segrepro.training.model import CARD, WEIGHTS, load_model, read_card
from segrepro.utils.errors import ModelError
from tests.models import save
from tests.training.cards import change_card


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
        if (path[0] in optional and len(path) > 1) or path[0].startswith("peak_"):
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


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("dataset", "labels"), {"256": "lesion"}),
        (("dataset", "labels"), {"-1": "lesion"}),
        (("preparation", "size"), [100_000, 100_000]),
    ],
)
def test_values_that_no_mask_holds_and_slices_that_no_memory_does_are_refused(model, keys, value):
    card = json.loads((model / CARD).read_text())
    card[keys[0]][keys[1]] = value
    (model / CARD).write_text(json.dumps(card))
    with pytest.raises(ModelError) as error:
        read_card(model)
    assert error.value.where == f"{model / CARD}: {'.'.join(keys)}"


def test_a_network_that_no_memory_holds_is_refused(model):
    card = json.loads((model / CARD).read_text())
    card["options"] = {"base_width": 10**6}
    (model / CARD).write_text(json.dumps(card))
    with pytest.raises(ModelError) as error:
        load_model(model)
    assert "memory" in error.value.found

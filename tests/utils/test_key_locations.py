"""Where a key stands, in files that are laid one over the other."""

import pytest

from segrepro.utils.key_locations import KeyLocations, Layer

STUDY = {"recipe": {"epochs": 3, "loss": "dice"}, "tables": [{"title": "one"}, {"title": "two"}]}
CONFIG = {"recipe": {"epochs": 5}}
PLACE = KeyLocations(Layer("study.yaml", STUDY), Layer("config.yaml", CONFIG, ("overrides", "xnet")))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("recipe", "epochs"), "config.yaml: overrides.xnet.recipe.epochs"),  # the last file counts
        (("recipe", "loss"), "study.yaml: recipe.loss"),
        (("tables", 1, "title"), "study.yaml: tables.1.title"),
        (("recipe", "patience"), "study.yaml: recipe.patience"),  # nowhere: the first that holds the most of its path
        ((), "config.yaml: overrides.xnet"),
    ],
)
def test_a_key_is_named_with_the_file_that_decides(keys, expected):
    assert PLACE(*keys) == expected


def test_the_last_parts_may_be_hidden():
    assert PLACE("recipe", "epochs", hidden=1) == "config.yaml: overrides.xnet.recipe"
    assert KeyLocations(Layer("a.yaml", {"b": 1}))("b", hidden=1) == "a.yaml"


def test_below_a_key_places_keep_their_whole_path():
    below = PLACE.under("recipe")
    assert below("epochs") == "config.yaml: overrides.xnet.recipe.epochs"
    assert below("loss") == "study.yaml: recipe.loss"
    assert PLACE.under("tables", 0)("title") == "study.yaml: tables.0.title"


def test_layers_can_be_put_on_top():
    assert (PLACE + KeyLocations(Layer("mine.yaml", CONFIG)))("recipe", "epochs") == "mine.yaml: recipe.epochs"

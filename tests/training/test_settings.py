"""What a training is told is checked at its door."""

import pytest
from pydantic import ValidationError

from segrepro.training.settings import Settings, Trained
from tests.models import DATASET, card_of

FIELDS = {name: getattr(card_of(), name) for name in Trained.model_fields}


def test_what_a_card_keeps_of_its_settings_is_settings_again():
    assert Trained.model_validate(FIELDS).network == "unet"


@pytest.mark.parametrize("change", [{"checkpoint": "newest"}, {"activation": "relu"}, {"widht": 3}])
def test_what_is_not_known_is_refused(change):
    with pytest.raises(ValidationError):
        Trained.model_validate(FIELDS | change)


def settings_of(**more) -> Settings:
    """Whole settings; more: other values of their keys."""
    card = card_of().model_dump(mode="json")
    kept = {key: value for key, value in card.items() if key in Settings.model_fields}
    own = {"task_options": {}, "loss_options": {}, "inputs": None, "init_from": None, "device": "cpu", "threads": 1}
    return Settings.model_validate(kept | own | more)


@pytest.mark.parametrize(
    ("labels", "more", "channels"),
    [
        ({"1": "a"}, {}, 1),
        ({"1": "a"}, {"activation": "softmax", "loss": "ce"}, 2),
        ({"1": "a", "4": "b"}, {"loss": "my_losses:Tversky"}, 3),
        ({"1": "a", "4": "b"}, {"loss": "l2", "task": "synthesis"}, 1),
    ],
)
def test_the_channels_are_those_of_labels_and_loss(labels, more, channels):
    assert settings_of(dataset=DATASET | {"labels": labels}, **more).out_channels == channels

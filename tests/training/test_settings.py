"""What a training is told is checked at its door."""

import pytest
from pydantic import ValidationError

from segrepro.training.settings import Trained
from tests.models import card_of

FIELDS = {name: getattr(card_of(), name) for name in Trained.model_fields}


def test_what_a_card_keeps_of_its_settings_is_settings_again():
    assert Trained.model_validate(FIELDS).network == "unet"


@pytest.mark.parametrize("change", [{"checkpoint": "newest"}, {"activation": "relu"}, {"widht": 3}])
def test_what_is_not_known_is_refused(change):
    with pytest.raises(ValidationError):
        Trained.model_validate(FIELDS | change)

"""What a model was not made for is refused before any network runs."""

from pathlib import Path

import numpy as np
import pytest

from segrepro.datasets.case import Case
from segrepro.inference.compatibility import require_kind, require_modalities, require_suitable
from segrepro.utils.errors import DataError
from tests.models import card_of
from tests.raised import raised


def test_exactly_the_images_of_the_model_are_given():
    card = card_of(modalities=["flair", "t1"], channels=["flair", "t1"], in_channels=2)
    require_modalities(card, ["t1", "flair"])
    for given in (["flair"], ["flair", "t1", "t2"], []):
        with pytest.raises(DataError) as caught:
            require_modalities(card, given)
        assert caught.value.expected == "flair, t1"
        assert caught.value.remedy == "Give --image flair=FILE --image t1=FILE."


@pytest.mark.parametrize(("slices", "right", "wrong"), [("axial", "a.nii.gz", "a.png"), ("none", "a.png", "a.nii.gz")])
def test_pictures_and_volumes_are_not_the_same(slices, right, wrong):
    card = card_of(preparation={"slices": slices, "size": [16, 16]})
    require_kind(Case("a", "", "", {"t1": Path(right)}), card)
    with pytest.raises(DataError) as caught:
        require_kind(Case("a", "", "", {"t1": Path(wrong)}), card)
    assert caught.value.where == wrong


def test_a_picture_of_one_colour_shows_nothing():
    channels = ["gray", "red", "green", "blue"]
    card = card_of(modalities=["rgb"], channels=channels, in_channels=4)
    arrays = {name: np.full((1, 4, 4), number, np.float16) for number, name in enumerate(channels)}
    with raised(DataError, where="a.png", found="one value everywhere"):
        require_suitable(Case("a", "", "", {"rgb": Path("a.png")}), arrays, None, card)

"""Values of masks as channels of a network, and back."""

import numpy as np
import pytest
from pydantic import ValidationError

from segrepro.datasets.label_map import IGNORED, LabelMap

ORGANS = LabelMap(values={1: "liver", 3: "kidney", 63: "spleen"})


def test_channels_are_counted_in_the_order_of_the_labels():
    assert list(ORGANS.channels) == [(1, "liver"), (2, "kidney"), (3, "spleen")]
    swapped = LabelMap(values={63: "spleen", 1: "liver"})
    assert swapped.to_channels(np.array([1, 63])).tolist() == [2, 1]


def test_there_and_back_is_the_same_mask():
    mask = np.random.default_rng(0).choice([0, 1, 3, 63], (5, 6, 7)).astype(np.uint8)
    channels = ORGANS.to_channels(mask)
    assert channels.dtype == np.uint8
    assert sorted(np.unique(channels)) == [0, 1, 2, 3]
    back = ORGANS.to_values(channels)
    assert back.dtype == np.uint8
    np.testing.assert_array_equal(back, mask)


def test_what_is_ignored_is_no_channel_and_other_values_are_background():
    labels = ORGANS.model_copy(update={"ignored": 2})
    assert labels.to_channels(np.array([2, 4, 255], np.uint8)).tolist() == [IGNORED, 0, 0]


def test_a_network_with_more_channels_than_labels_is_not_taken_for_one_of_them():
    with pytest.raises(IndexError):
        ORGANS.to_values(np.array([4]))


def test_json_gives_the_map_back_with_its_order():
    labels = LabelMap(values={63: "spleen", 1: "liver"}, ignored=2)
    assert list(LabelMap.model_validate_json(labels.model_dump_json()).channels) == list(labels.channels)
    with pytest.raises(ValidationError):
        LabelMap(values={"liver": "1"})

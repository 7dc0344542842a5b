"""Pairs of masks: what is accepted, and where a label is."""

import numpy as np
import pytest

from segrepro.evaluation.metrics.masks import (
    check_labels,
    check_pair,
    check_spacing,
    label_values,
    runs,
    select,
    survey,
)
from segrepro.utils.errors import MetricError


def masks():
    """Two blocks in 10 x 8 x 6 voxels that share 2 x 2 x 2."""
    prediction, reference = np.zeros((2, 10, 8, 6), np.uint8)
    prediction[1:4, 2:5, 1:4] = 1
    reference[2:9, 1:4, 2:5] = 1
    return prediction, reference


def test_nothing_is_copied_of_masks_in_one_order():
    prediction, reference = masks()
    pair = check_pair(prediction, reference, (1, 2, 3))
    assert np.shares_memory(pair.prediction, prediction)
    assert pair.prediction.dtype == bool
    assert (pair.spacing_mm, pair.reversed_axes) == ((1, 2, 3), False)


def test_fortran_order_is_seen_transposed():
    prediction, reference = map(np.asfortranarray, masks())
    pair = check_pair(prediction, reference, (1, 2, 3))
    assert pair.reference.shape == (6, 8, 10)
    assert np.shares_memory(pair.reference, reference)
    assert (pair.spacing_mm, pair.reversed_axes) == ((3, 2, 1), True)


def test_a_survey_counts_and_finds_the_common_box():
    found = survey(check_pair(*masks(), (1, 1, 1)))
    assert (found.both, found.prediction, found.reference) == (2 * 2 * 2, 27, 63)
    assert found.box == (slice(1, 9), slice(1, 5), slice(1, 5))
    assert [layers.tolist() for layers in found.layers] == [[True] * 3 + [False] * 5, [False] + [True] * 7]


def test_a_survey_of_one_label_or_of_none():
    prediction, reference = masks()
    pair = check_pair(prediction * 3, reference * 2, (1, 1, 1), (2, 3))
    found = survey(pair, 3)
    assert (found.both, found.prediction, found.reference) == (0, 27, 0)
    assert found.box == (slice(1, 4), slice(2, 5), slice(1, 4))
    assert not found.layers[1].any()
    assert survey(pair, 9).box is None


def test_values_are_counted_or_sorted_where_they_lie_far_apart():
    for values in ([-3, 0, 7], [0, 70_000]):
        mask = np.resize(values, (4, 5)).astype(np.int32)
        assert label_values(mask) == values


def test_runs_and_select():
    assert runs(np.zeros(3, bool)) == []
    assert runs(np.array([False, True, True])) == [slice(1, 3)]
    mask = np.array([True, False])
    assert select(mask) is mask
    assert select(np.array([2, 1]), 2).tolist() == [True, False]


def test_labels_are_integers_in_a_sequence():
    assert check_labels(None) is None
    assert check_labels(np.array([4, 2])) == (4, 2)
    for wrong in (1, [0.5]):
        with pytest.raises(MetricError) as error:
            check_labels(wrong)
        assert (error.value.where, error.value.found) == ("labels", repr(wrong))


@pytest.mark.parametrize("spacing", [None, (1, 1), (1, 1, -1), (1, 1, np.inf), "abc"])
def test_a_spacing_has_a_positive_number_an_axis(spacing):
    assert check_spacing(np.array([1, 2, 3]), 3) == (1.0, 2.0, 3.0)
    with pytest.raises(MetricError) as error:
        check_spacing(spacing, 3)
    assert (error.value.where, error.value.expected) == ("spacing_mm", "3 positive numbers")

"""What holds for any two masks."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segrepro.evaluation.metrics import lesion_metrics, segmentation_metrics

DISTANCES = ("hd_mm", "hd95_mm", "assd_mm")
SAME_BOTH_WAYS = ("dice", "iou", "accuracy", *DISTANCES)
SHARES = ("dice", "iou", "precision", "recall", "accuracy", "specificity")


@st.composite
def pairs(draw):
    """Prediction, reference, spacing; 2D or 3D, neither empty."""
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=9))
    masks = [draw(hnp.arrays(bool, shape)) for _ in range(2)]
    assume(all(m.any() for m in masks))
    spacing = draw(st.lists(st.floats(0.1, 10), min_size=len(shape), max_size=len(shape)))
    return *masks, tuple(spacing)


def close(found, expected, names=None):
    names = names or expected
    wanted = {n: expected[n] for n in names}
    assert {n: found[n] for n in names} == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


def unlike(scores, *names):
    return [n for n in scores if n not in names]


@settings(deadline=None)
@given(pairs())
def test_symmetric(pair):
    prediction, reference, spacing = pair
    found, expected = (segmentation_metrics(*m, spacing) for m in ((prediction, reference), (reference, prediction)))
    close(found, expected, SAME_BOTH_WAYS)
    assert found["precision"] == expected["recall"]


@settings(deadline=None)
@given(pairs(), st.data())
def test_flips_and_transposes_change_nothing(pair, data):
    prediction, reference, spacing = pair
    expected = segmentation_metrics(*pair)
    axes = data.draw(st.permutations(range(len(spacing))))
    flipped = data.draw(st.lists(st.sampled_from(range(len(spacing))), unique=True))
    turned = [np.flip(m, flipped).transpose(axes) for m in (prediction, reference)]
    close(segmentation_metrics(*turned, [spacing[a] for a in axes]), expected)


@settings(deadline=None)
@given(pairs(), st.integers(1, 5))
def test_padding_changes_only_what_counts_the_background(pair, width):
    prediction, reference, spacing = pair
    padded = segmentation_metrics(np.pad(prediction, width), np.pad(reference, width), spacing)
    expected = segmentation_metrics(*pair)
    close(padded, expected, unlike(expected, "accuracy", "specificity", "diagonal_mm"))


@settings(deadline=None)
@given(pairs(), st.floats(0.2, 5))
def test_distances_scale_with_the_spacing(pair, factor):
    prediction, reference, spacing = pair
    expected = segmentation_metrics(*pair)
    found = segmentation_metrics(prediction, reference, [s * factor for s in spacing])
    for name in (*DISTANCES, "diagonal_mm"):
        assert found[name] == pytest.approx(expected[name] * factor)
    close(found, expected, (*SHARES, "rve"))


@settings(deadline=None)
@given(pairs())
def test_bounds(pair):
    scores = segmentation_metrics(*pair)
    assert all(0 <= scores[m] <= 1 or np.isnan(scores[m]) for m in SHARES)
    assert scores["iou"] <= scores["dice"]
    assert 0 <= scores["assd_mm"] <= scores["hd_mm"] <= scores["diagonal_mm"]
    assert scores["hd95_mm"] <= scores["hd_mm"]
    assert scores["rve"] >= 0


@settings(deadline=None)
@given(pairs())
def test_a_mask_agrees_with_itself(pair):
    _, mask, spacing = pair
    scores = segmentation_metrics(mask, mask, spacing)
    assert [scores[m] for m in ("dice", "iou", "precision", "recall", "accuracy")] == [1] * 5
    assert [scores[m] for m in (*DISTANCES, "rve")] == [0] * 4


@settings(deadline=None)
@given(pairs())
def test_lesions_mirror(pair):
    prediction, reference, _ = pair
    found, expected = lesion_metrics(prediction, reference), lesion_metrics(reference, prediction)
    assert found["lesion_recall"] == expected["lesion_precision"]
    assert found["lesion_f1"] == pytest.approx(expected["lesion_f1"])
    assert found["lesion_count_difference"] == expected["lesion_count_difference"]

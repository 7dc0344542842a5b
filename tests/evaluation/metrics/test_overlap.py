"""Overlap and volume from four counts, by hand."""

import math

import pytest

from segrepro.evaluation.metrics.overlap import Counts, overlap_measures


def test_every_measure_by_hand():
    """30 voxels of 2 x 2 x 5 mm predicted, 40 real, 20 in both, of 100."""
    found = overlap_measures(Counts(tp=20, fp=10, fn=20, tn=50), (2, 2, 5))
    assert found == pytest.approx(
        {
            "dice": 40 / 70,
            "iou": 20 / 50,
            "precision": 20 / 30,
            "recall": 20 / 40,
            "accuracy": 70 / 100,
            "specificity": 50 / 60,
            "rve": 10 / 40,
            "avd_percent": 25,
            "prediction_volume_ml": 0.6,
            "reference_volume_ml": 0.8,
        }
    )


def test_a_slice_is_one_millimetre_thick():
    assert overlap_measures(Counts(3, 0, 0, 1), (10, 10))["reference_volume_ml"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("counts", "undefined"),
    [
        (Counts(0, 0, 0, 9), {"dice", "iou", "precision", "recall", "rve", "avd_percent"}),
        (Counts(0, 2, 0, 7), {"recall", "rve", "avd_percent"}),
        (Counts(0, 0, 2, 7), {"precision"}),
        (Counts(9, 0, 0, 0), {"specificity"}),
    ],
)
def test_what_has_no_denominator_is_undefined(counts, undefined):
    found = overlap_measures(counts, (1, 1, 1))
    assert {name for name, value in found.items() if math.isnan(value)} == undefined

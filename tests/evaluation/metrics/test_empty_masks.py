"""What measures are worth for empty masks."""

import numpy as np
import pytest
import yaml

from segrepro.evaluation.metrics import CONVENTIONS, convention, lesion_metrics, segmentation_metrics
from segrepro.utils.errors import MetricError

EMPTY, FULL = np.zeros((3, 3), bool), np.ones((3, 3), bool)
CASES = {"empty_prediction": (EMPTY, FULL), "empty_reference": (FULL, EMPTY), "both_empty": (EMPTY, EMPTY)}
NAN = float("nan")


@pytest.mark.parametrize(
    ("name", "case", "expected"),
    [
        ("xnet", "both_empty", {"dice": 0, "iou": 0, "precision": 0, "recall": 0}),
        ("xnet", "empty_prediction", {"dice": 0, "precision": 0, "recall": 0, "hd_mm": NAN}),
        ("xnet", "empty_reference", {"dice": 0, "precision": 0, "recall": 0}),
        ("scse", "both_empty", {"dice": 1, "iou": 1, "precision": NAN}),
        ("scse", "empty_prediction", {"dice": 0, "iou": 0}),
        ("pseudo_dwi", "both_empty", {"dice": NAN, "assd_mm": NAN}),
        ("wmh", "both_empty", {"dice": NAN, "lesion_recall": 1, "lesion_precision": 1, "lesion_f1": 1}),
        ("wmh", "empty_prediction", {"lesion_recall": 0, "lesion_f1": 0}),
        ("hlenet", "both_empty", {"dice": NAN}),
        ("isles2022", "both_empty", {"dice": 1, "lesion_f1": 1}),
    ],
)
def test_named_conventions(name, case, expected):
    masks = CASES[case]
    scores = segmentation_metrics(*masks, (1, 1), empty=name) | lesion_metrics(*masks, empty=name)
    assert {m: scores[m] for m in expected} == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_masks_with_something_in_them_are_left_alone(name):
    mask = np.eye(3, dtype=bool)
    assert segmentation_metrics(mask, FULL, (1, 1), empty=name) == segmentation_metrics(mask, FULL, (1, 1))


def test_a_convention_from_a_config_file():
    rules = yaml.safe_load("{dice: {both_empty: 1}, hd_mm: {empty_prediction: 100, both_empty: nan}}")
    both = segmentation_metrics(EMPTY, EMPTY, (1, 1), empty=rules)
    assert both["dice"] == 1
    assert np.isnan(both["hd_mm"])
    assert segmentation_metrics(EMPTY, FULL, (1, 1), empty=rules)["hd_mm"] == 100
    assert np.isnan(segmentation_metrics(EMPTY, FULL, (1, 1), empty=rules)["assd_mm"])


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("x-net", "Did you mean xnet"),
        ({"dise": {}}, "Did you mean dice"),
        ({"dice": {"both": 1}}, "both_empty"),
        ({"dice": {"both_empty": "one"}}, "a number"),
        ({"dice": {"both_empty": None}}, "a number"),
    ],
)
def test_wrong_rules_are_refused(rules, words):
    with pytest.raises(MetricError, match=words):
        convention(rules)

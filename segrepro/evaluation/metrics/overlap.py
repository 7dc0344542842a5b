"""Measures of overlap and volume, from four counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from segrepro.evaluation.metrics.empty_masks import ratio


@dataclass(frozen=True)
class Counts:
    """Voxels of a pair of masks: in both, in the prediction alone, in the reference alone, in neither."""

    tp: int
    fp: int
    fn: int
    tn: int


def overlap_measures(counts: Counts, spacing_mm: Sequence[float]) -> dict[str, float]:
    """Overlap and volume of one pair; NaN where a denominator is 0.

    dice = 2TP / (2TP + FN + FP) (Eq. 16 of the pseudo-DWI paper); iou = TP / (TP + FN + FP);
    precision = TP / (TP + FP); recall = TP / (TP + FN); accuracy = (TP + TN) / all;
    specificity = TN / (TN + FP); rve = |Vg - Vs| / Vg, Vg the reference's volume; avd_percent = 100 rve;
    prediction_volume_ml, reference_volume_ml: voxels times their volume; a 2D mask is 1 mm thick.

    >>> overlap_measures(Counts(tp=2, fp=1, fn=1, tn=4), (1, 1, 1))["iou"]
    0.5
    """
    tp, fp, fn, tn = counts.tp, counts.fp, counts.fn, counts.tn
    millilitres = math.prod(spacing_mm) / 1000
    rve = ratio(abs(fn - fp), tp + fn)
    return {
        "dice": ratio(2 * tp, 2 * tp + fn + fp),
        "iou": ratio(tp, tp + fn + fp),
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "accuracy": ratio(tp + tn, tp + fp + fn + tn),
        "specificity": ratio(tn, tn + fp),
        "rve": rve,
        "avd_percent": 100 * rve,
        "prediction_volume_ml": (tp + fp) * millilitres,
        "reference_volume_ml": (tp + fn) * millilitres,
    }

"""Measures that count lesions (connected parts) instead of voxels."""

import numpy as np

from segrepro.evaluation.metrics.empty_masks import UNDEFINED, Convention, apply_convention, ratio
from segrepro.evaluation.metrics.masks import Pair, check_pair, survey
from segrepro.utils.errors import MetricError

#: Neighbours that connect two voxels -> rank of scipy's structuring element, by number of axes.
CONNECTIVITY = {2: {4: 1, 8: 2}, 3: {6: 1, 18: 2, 26: 3}}


def lesion_metrics(
    prediction: np.ndarray,
    reference: np.ndarray,
    connectivity: int | None = None,
    *,
    f1: str = "harmonic",
    empty: Convention = "undefined",
) -> dict[str, float]:
    """Lesion-wise recall, precision, F1 and counts of one case; a lesion is a connected part.

    prediction, reference: binary masks of one shape, 2D or 3D, as `segmentation_metrics` takes them.
    connectivity: 6, 18 or 26 in 3D, 4 or 8 in 2D; by default all neighbours (26 and 8).
    f1: `harmonic` mean of recall and precision (WMH 2017), or from `counts`: TP / (TP + (FP + FN) / 2) with
    TP the
        reference lesions that were found (ISLES 2022). They differ when one part covers several.
    empty: the rule for empty masks (`segrepro.evaluation.metrics.empty_masks`); by default NaN when there is nothing to
    count.

    lesion_recall: share of reference lesions with at least one predicted voxel. lesion_precision: share of
    predicted lesions with at least one reference voxel. lesion_count_difference: |predicted - reference
    lesions|. Also prediction_lesions and reference_lesions. Raises MetricError as `segmentation_metrics`, and
    for a connectivity or F1 that does not exist.

    >>> reference = np.array([[1, 0, 1, 0, 1]])
    >>> scores = lesion_metrics(np.array([[1, 0, 1, 0, 0]]), reference)
    >>> round(scores["lesion_recall"], 3), scores["lesion_precision"], scores["lesion_count_difference"]
    (0.667, 1.0, 1.0)
    """
    pair = check_pair(prediction, reference, (1,) * np.ndim(reference))
    structure = _structure(pair.reference.ndim, connectivity)
    if f1 not in ("harmonic", "counts"):
        raise MetricError("f1", repr(f1), "harmonic or counts")
    found, expected, hit, real = _count(pair, structure)
    recall, precision = ratio(hit, expected), ratio(real, found)
    if f1 == "counts":
        score = ratio(hit, hit + (found - real + expected - hit) / 2)
    else:
        score = harmonic(recall, precision) if found and expected else (0.0 if found or expected else UNDEFINED)
    measures = {"lesion_recall": recall, "lesion_precision": precision, "lesion_f1": score}
    return {
        **apply_convention(measures, found == 0, expected == 0, empty),
        "lesion_count_difference": float(abs(found - expected)),
        "prediction_lesions": float(found),
        "reference_lesions": float(expected),
    }


def harmonic(recall: float, precision: float) -> float:
    """2PR / (P + R), 0 when both are 0.

    >>> harmonic(1, 0.5), harmonic(0, 0)
    (0.6666666666666666, 0.0)
    """
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def _structure(ndim: int, connectivity: int | None) -> np.ndarray:
    from scipy.ndimage import generate_binary_structure

    ranks = CONNECTIVITY[ndim]
    rank = ranks.get(max(ranks) if connectivity is None else connectivity)
    if rank is None:
        expected = " or ".join(map(str, ranks))
        raise MetricError("connectivity", str(connectivity), f"{expected} for {ndim} axes")
    return generate_binary_structure(ndim, rank)


def _count(pair: Pair, structure: np.ndarray) -> tuple[int, int, int, int]:
    """Lesions predicted, lesions in the reference, reference lesions hit, predicted lesions that are real."""
    from scipy.ndimage import label

    box = survey(pair).box
    if box is None:
        return 0, 0, 0, 0
    prediction, reference = pair.prediction[box], pair.reference[box]
    predicted, found = label(prediction, structure)
    real = np.unique(predicted[prediction & reference]).size
    del predicted
    lesions, expected = label(reference, structure)
    return found, expected, np.unique(lesions[prediction & reference]).size, real

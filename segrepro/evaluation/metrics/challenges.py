"""The challenges' own scores: each as its official scorer defines it, where that differs from the default."""

from collections.abc import Callable, Sequence

import numpy as np

from segrepro.evaluation.metrics.lesions import lesion_metrics
from segrepro.evaluation.metrics.masks import check_numbers
from segrepro.evaluation.metrics.registry import CHALLENGES, names_of
from segrepro.evaluation.metrics.segmentation import segmentation_metrics
from segrepro.utils.errors import MetricError

#: The measures of each challenge, as its function here gives them.
MEASURES = {name: names_of(metrics) for name, metrics in CHALLENGES.items()}


def wmh2017_scores(prediction: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float]) -> dict[str, float]:
    """The five measures of the WMH segmentation challenge for one scan.

    prediction: (x, y, slice); values from 1 (floats: from 0.5) are lesion. reference: (x, y, slice) with 0, 1
    = white matter hyperintensity, 2 = other pathology, which counts as background in both masks. spacing_mm:
    in array order.

    dice; hd95_mm: larger of the two directed 95th percentiles, between boundaries found by an erosion inside
    the slice (8 neighbours, outside of the volume counts as mask); avd_percent = 100 |Vg - Vs| / Vg;
    lesion_recall and lesion_f1 with 26-connected lesions, F1 the harmonic mean. Empty masks (convention
    `wmh`): no reference lesion gives recall 1, no predicted lesion precision 1; distances, the volume
    difference and the Dice of two empty masks are NaN. Raises MetricError as `segmentation_metrics`.

    >>> reference = np.zeros((8, 8, 2), int); reference[2:5, 2:5] = 1; reference[6, 6] = 2
    >>> wmh2017_scores(reference > 0, reference, (1, 1, 3))["dice"]
    1.0
    """
    reference, prediction = np.asarray(reference), np.asarray(prediction)
    check_numbers("reference", reference, "0, 1 and 2")
    check_numbers("prediction", prediction, "lesion labels or probabilities")
    if not np.isin(reference, (0, 1, 2)).all():
        raise MetricError("reference", "other labels", "0, 1 and 2", "Pass the challenge's own label map.")
    if prediction.shape != reference.shape:
        raise MetricError("prediction", f"shape {prediction.shape}", f"{reference.shape} as the reference")
    found = (prediction >= (0.5 if prediction.dtype.kind == "f" else 1)) & (reference != 2)
    lesion = reference == 1
    scores = segmentation_metrics(found, lesion, spacing_mm, surface="slices_open", empty="wmh")
    lesions = lesion_metrics(found, lesion, empty="wmh")
    return {name: (scores | lesions)[name] for name in MEASURES["wmh2017"]}


def chaos_scores(prediction: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float]) -> dict[str, float]:
    """The measures of CHAOS for one organ of one volume: dice, ravd_percent, assd_mm, mssd_mm.

    prediction, reference: binary (slice, row, column), or any order as long as spacing_mm has the same; the
    spacing comes from the slices' positions, not from the SliceThickness tag.
    ravd_percent = 100 |Vg - Vs| / Vg; assd_mm over all surface voxels of both masks; mssd_mm their largest
    distance. A surface voxel has a background voxel among its 6 neighbours; outside of the volume counts as
    mask, so that an organ cut off by the first slice has no surface there. Empty masks: distances are NaN,
    Dice of two empty masks is NaN (the scorer divides by 0).

    >>> mask = np.zeros((4, 6, 6), bool); mask[:, 2:4, 2:4] = True
    >>> chaos_scores(np.roll(mask, 1, axis=1), mask, (2, 1, 1))["mssd_mm"]
    1.0
    """
    scores = segmentation_metrics(prediction, reference, spacing_mm, surface="faces_open")
    return {
        "dice": scores["dice"],
        "ravd_percent": scores["avd_percent"],
        "assd_mm": scores["assd_mm"],
        "mssd_mm": scores["hd_mm"],
    }


def isic2017_scores(
    prediction: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float] = (1, 1)
) -> dict[str, float]:
    """The measures of ISIC 2017 part 1 for one image: accuracy, dice, jaccard, sensitivity, specificity.

    prediction, reference: binary masks (row, column) at the photograph's full size; a prediction made at
    another size is brought back before it is scored. The challenge's number is the mean over images, each
    counting the same; none of its measures is a distance. Raises MetricError when the sizes differ. Empty masks: NaN
    where the denominator is 0.

    >>> isic2017_scores(np.array([[1, 1, 0, 0]]), np.array([[1, 0, 0, 0]]))["jaccard"]
    0.5
    """
    scores = segmentation_metrics(prediction, reference, spacing_mm)
    names = {"jaccard": "iou", "sensitivity": "recall"}
    return {name: scores[names.get(name, name)] for name in MEASURES["isic2017"]}


def isles2018_scores(prediction: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float]) -> dict[str, float]:
    """The measures of the ISLES 2018 leaderboard: dice, precision, recall, hd_mm, assd_mm, avd_ml.

    The platform's own code is not published: these are the usual definitions of the measures it names.
    assd_mm is taken as the mean of the two directed means (an assumption; the pseudo-DWI paper's Eq. 18 pools
    all surface voxels, as `segmentation_metrics` does); avd_ml = |Vg - Vs| in ml.
    Empty masks: NaN for distances and where a denominator is 0.

    >>> mask = np.zeros((8, 8, 2), bool); mask[2:5, 2:5] = True
    >>> isles2018_scores(mask, mask, (1, 1, 5))["avd_ml"]
    0.0
    """
    scores = segmentation_metrics(prediction, reference, spacing_mm, assd="mean_of_means")
    kept = {name: scores[name] for name in ("dice", "precision", "recall", "hd_mm", "assd_mm")}
    return kept | {"avd_ml": abs(scores["prediction_volume_ml"] - scores["reference_volume_ml"])}


def isles2022_scores(prediction: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float]) -> dict[str, float]:
    """The measures of ISLES 2022: dice, avd_ml, lesion_count_difference, lesion_f1 (from counts,
    26-connected).

    Empty masks (convention `isles2022`): Dice and F1 of two empty masks are 1.

    >>> empty = np.zeros((4, 4, 4), bool)
    >>> isles2022_scores(empty, empty, (2, 2, 2))["lesion_f1"]
    1.0
    """
    scores = segmentation_metrics(prediction, reference, spacing_mm, empty="isles2022")
    lesions = lesion_metrics(prediction, reference, f1="counts", empty="isles2022")
    return {
        "dice": scores["dice"],
        "avd_ml": abs(scores["prediction_volume_ml"] - scores["reference_volume_ml"]),
        "lesion_count_difference": lesions["lesion_count_difference"],
        "lesion_f1": lesions["lesion_f1"],
    }


# The function of each challenge; all take masks of one label in prediction and reference, and the spacing in mm.
_SCORERS: dict[str, Callable[[np.ndarray, np.ndarray, Sequence[float]], dict[str, float]]] = {
    "wmh2017": wmh2017_scores,
    "chaos": chaos_scores,
    "isic2017": isic2017_scores,
    "isles2018": isles2018_scores,
    "isles2022": isles2022_scores,
}


def challenge_scores(
    name: str, prediction: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float]
) -> dict[str, float]:
    """The measures of one challenge of the registry for one label, each with the challenge's name before its own."""
    scores = _SCORERS[name](prediction, reference, spacing_mm)
    return {f"{name}_{measure}": value for measure, value in scores.items()}

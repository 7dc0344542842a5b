"""All measures of one case."""

from collections.abc import Sequence

import numpy as np

from segrepro.evaluation.metrics.empty_masks import UNDEFINED, Convention, apply_convention
from segrepro.evaluation.metrics.masks import Pair, check_labels, check_pair, survey
from segrepro.evaluation.metrics.overlap import Counts, overlap_measures
from segrepro.evaluation.metrics.surface import ASSD, HD95, SURFACES, check_choice, surface_distances


def segmentation_metrics(
    prediction: np.ndarray,
    reference: np.ndarray,
    spacing_mm: Sequence[float],
    labels: Sequence[int] | None = None,
    *,
    surface: str = "faces",
    hd95: str = "maximum",
    assd: str = "pooled",
    empty: Convention = "undefined",
) -> dict:
    """Overlap, volume and surface distance of one case.

    prediction, reference: masks of one shape, 2D or 3D, any axis order; bool, or integers (also as whole
    floats). spacing_mm: voxel size in mm, one number an axis, in array order. labels: None for binary masks
    (0 and 1); otherwise the labels to score, all that may occur besides 0. surface: `faces`: a voxel of the
    mask with a background voxel among its 6 neighbours (4 in 2D), where outside of
        the volume is background; see `segrepro.evaluation.metrics.surface.SURFACES` for those of the challenges.
    hd95: `maximum` of the two directed 95th percentiles, or the percentile of all distances `pooled`.
    assd: `pooled` over all surface voxels (Eq. 18 of the pseudo-DWI paper), or `mean_of_means` of both
    directions. empty: what measures are worth for empty masks: a name or table of
    `segrepro.evaluation.metrics.empty_masks`. By default
        undefined values are NaN: distances when either mask is empty, ratios when their denominator is 0.

    Returns a dict of floats: dice, iou, precision, recall, accuracy, specificity, rve, avd_percent,
    prediction_volume_ml, reference_volume_ml (see `overlap_measures`), hd_mm, hd95_mm, assd_mm, and
    diagonal_mm, the image's diagonal, by which undefined distances can be replaced in a mean. With `labels`:
    {label: such a dict}.

    Raises MetricError when shapes differ, a mask is not 2D or 3D, holds NaN, values that are not whole or
    labels that are not expected, when `labels` is no sequence of integers, or when the spacing is missing, of
    the wrong length or not positive.

    >>> mask = np.zeros((4, 4), bool)
    >>> mask[1:3, 1:3] = True
    >>> scores = segmentation_metrics(mask, np.roll(mask, 1, axis=0), (2.0, 1.0))
    >>> scores["dice"], scores["hd_mm"], scores["assd_mm"]
    (0.5, 2.0, 1.0)
    """
    for argument, value, choices in (
        ("surface", surface, SURFACES),
        ("hd95", hd95, HD95),
        ("assd", assd, ASSD),
    ):
        check_choice(argument, value, choices)
    labels = check_labels(labels)
    pair = check_pair(prediction, reference, spacing_mm, labels)
    if labels is None:
        return _label_metrics(pair, 1, surface, hd95, assd, empty)
    return {label: _label_metrics(pair, label, surface, hd95, assd, empty) for label in labels}


def _label_metrics(pair: Pair, label: int, surface: str, hd95: str, assd: str, empty: Convention) -> dict[str, float]:
    found = survey(pair, label)
    tp, fp, fn = found.both, found.prediction - found.both, found.reference - found.both
    measures = overlap_measures(Counts(tp, fp, fn, pair.reference.size - tp - fp - fn), pair.spacing_mm)
    distances = None
    if found.prediction and found.reference:
        distances = surface_distances(pair, found, label, surface)
    measures["hd_mm"] = distances.hausdorff() if distances else UNDEFINED
    measures["hd95_mm"] = distances.hausdorff95(hd95) if distances else UNDEFINED
    measures["assd_mm"] = distances.average(assd) if distances else UNDEFINED
    measures = apply_convention(measures, not found.prediction, not found.reference, empty)
    return {**measures, "diagonal_mm": diagonal_mm(pair.reference.shape, pair.spacing_mm)}


def diagonal_mm(shape: Sequence[int], spacing_mm: Sequence[float]) -> float:
    """Length of the volume's diagonal in mm: an upper bound of every distance in it.

    >>> diagonal_mm((3, 4), (1, 1))
    5.0
    """
    return float(np.linalg.norm(np.multiply(shape, spacing_mm)))

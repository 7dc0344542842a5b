"""All measures of one case."""

from collections.abc import Sequence

import numpy as np

from segrepro.metrics.conventions import UNDEFINED, Convention, apply_convention
from segrepro.metrics.masks import Box, Pair, check_pair, common_box, count_both, padded
from segrepro.metrics.overlap import Counts, overlap_measures
from segrepro.metrics.surface import (
    ASSD,
    HD95,
    SURFACES,
    SurfaceDistances,
    check_choice,
    neighbour_vectors,
    padding,
    reduce_to_surface,
    surface_distances,
)


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
        the volume is background; see `segrepro.metrics.surface.SURFACES` for those of the challenges.
    hd95: `maximum` of the two directed 95th percentiles, or the percentile of all distances `pooled`.
    assd: `pooled` over all surface voxels (Eq. 18 of the pseudo-DWI paper), or `mean_of_means` of both
    directions. empty: what measures are worth for empty masks: a name or table of
    `segrepro.metrics.conventions`. By default
        undefined values are NaN: distances when either mask is empty, ratios when their denominator is 0.

    Returns a dict of floats: dice, iou, precision, recall, accuracy, specificity, rve, avd_percent,
    prediction_volume_ml, reference_volume_ml (see `overlap_measures`), hd_mm, hd95_mm, assd_mm, and
    diagonal_mm, the image's diagonal, by which undefined distances can be replaced in a mean. With `labels`:
    {label: such a dict}.

    Raises MetricError when shapes differ, a mask is not 2D or 3D, holds NaN, values that are not whole or
    labels that are not expected, or when the spacing is missing, of the wrong length or not positive.

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
    pair = check_pair(prediction, reference, spacing_mm, labels)
    if labels is None:
        return _label_metrics(pair, 1, surface, hd95, assd, empty)
    return {int(label): _label_metrics(pair, label, surface, hd95, assd, empty) for label in labels}


def _label_metrics(
    pair: Pair, label: int, surface: str, hd95: str, assd: str, empty: Convention
) -> dict[str, float]:
    box = common_box(pair, label)
    counts, distances = _measure(pair, label, box, surface) if box else (_nothing(pair), None)
    measures = overlap_measures(counts, pair.spacing_mm)
    measures["hd_mm"] = distances.hausdorff() if distances else UNDEFINED
    measures["hd95_mm"] = distances.hausdorff95(hd95) if distances else UNDEFINED
    measures["assd_mm"] = distances.average(assd) if distances else UNDEFINED
    measures = apply_convention(measures, counts.tp + counts.fp == 0, counts.tp + counts.fn == 0, empty)
    return {**measures, "diagonal_mm": diagonal_mm(pair.reference.shape, pair.spacing_mm)}


def diagonal_mm(shape: Sequence[int], spacing_mm: Sequence[float]) -> float:
    """Length of the volume's diagonal in mm: an upper bound of every distance in it.

    >>> diagonal_mm((3, 4), (1, 1))
    5.0
    """
    return float(np.linalg.norm(np.multiply(shape, spacing_mm)))


def _nothing(pair: Pair) -> Counts:
    return Counts(0, 0, 0, pair.reference.size)


def _measure(pair: Pair, label: int, box: Box, surface: str) -> tuple[Counts, SurfaceDistances | None]:
    """Counts and, unless one mask is empty, distances, from the label's two masks in their common box."""
    pad = padding(pair.spacing_mm)
    masks = [padded(labels, label, box, pad) for labels in (pair.prediction, pair.reference)]
    tp = count_both(*masks)
    voxels = [int(np.count_nonzero(mask)) for mask in masks]
    total = pair.reference.size
    counts = Counts(tp, voxels[0] - tp, voxels[1] - tp, total - voxels[0] - voxels[1] + tp)
    if not all(voxels):
        return counts, None
    vectors = neighbour_vectors(len(box), surface)
    if pair.reversed_axes:
        vectors = vectors[:, ::-1]
    for mask in masks:
        faces = _outside(mask, pair, box, pad) if surface.endswith("open") else []
        for face in faces:
            mask[face] = True
        reduce_to_surface(mask, vectors)
        for face in faces:
            mask[face] = False
    if not all(mask.any() for mask in masks):  # an open mask that fills the volume has no surface
        return counts, None
    return counts, surface_distances(*masks, pair.spacing_mm)


def _outside(mask: np.ndarray, pair: Pair, box: Box, pad: np.ndarray) -> list[tuple[slice | int, ...]]:
    """The layers of the padded mask that lie just outside of the volume, where the box touches its border."""
    faces = []
    for axis, (side, length) in enumerate(zip(box, pair.reference.shape)):
        before = (slice(None),) * axis
        if side.start == 0:
            faces.append((*before, int(pad[axis]) - 1))
        if side.stop == length:
            faces.append((*before, mask.shape[axis] - int(pad[axis])))
    return faces

"""The contenders of bench_metrics.py.

Each takes prediction, reference and spacing (array order) and returns a call that gives the numbers it has,
by our names. Conversion to a package's own type is not part of the call.
"""

import os
from collections.abc import Callable

for variable in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

from segrepro.evaluation.metrics import segmentation_metrics  # noqa: E402

Scores = dict[str, float]


def ours(prediction, reference, spacing) -> Callable[[], Scores]:
    return lambda: segmentation_metrics(prediction, reference, spacing)


def _monai_masks(*masks):
    import torch

    torch.set_num_threads(1)
    return [torch.from_numpy(m)[None, None].float() for m in masks]


CONFUSION = {
    "precision": "precision",
    "recall": "sensitivity",
    "accuracy": "accuracy",
    "specificity": "specificity",
}


def _rve(prediction, reference) -> float:
    volumes = [float(m.sum()) for m in (prediction, reference)]
    return abs(volumes[0] - volumes[1]) / volumes[1]


def monai_parts(prediction, reference, spacing) -> Callable[[], Scores]:
    from monai.metrics import compute_confusion_matrix_metric, get_confusion_matrix
    from monai.metrics.utils import get_edge_surface_distance

    p, r = _monai_masks(prediction, reference)

    def run() -> Scores:
        matrix = get_confusion_matrix(p, r)
        tp, fp, _, fn = (float(v) for v in matrix[0, 0])
        _, (a, b), _ = get_edge_surface_distance(p[0, 0].bool(), r[0, 0].bool(), "euclidean", spacing, symmetric=True)
        a, b = a.numpy(), b.numpy()
        return {
            "dice": 2 * tp / (2 * tp + fp + fn),
            "iou": tp / (tp + fp + fn),
            **{ours: float(compute_confusion_matrix_metric(n, matrix)) for ours, n in CONFUSION.items()},
            "rve": abs(fp - fn) / (tp + fn),
            "hd_mm": max(a.max(), b.max()),
            "hd95_mm": max(np.percentile(a, 95), np.percentile(b, 95)),
            "assd_mm": (a.sum() + b.sum()) / (a.size + b.size),
        }

    return run


def monai_calls(prediction, reference, spacing) -> Callable[[], Scores]:
    from monai import metrics

    p, r = _monai_masks(prediction, reference)

    def confusion(name: str) -> float:
        return float(metrics.compute_confusion_matrix_metric(name, metrics.get_confusion_matrix(p, r)))

    def run() -> Scores:
        distance = {"include_background": True, "spacing": spacing}
        return {
            "dice": float(metrics.compute_dice(p, r)),
            "iou": float(metrics.compute_iou(p, r)),
            **{ours: confusion(name) for ours, name in CONFUSION.items()},
            "rve": _rve(p, r),
            "hd_mm": float(metrics.compute_hausdorff_distance(p, r, **distance)),
            "hd95_mm": float(metrics.compute_hausdorff_distance(p, r, percentile=95, **distance)),
            "assd_mm": float(metrics.compute_average_surface_distance(p, r, symmetric=True, **distance)),
        }

    return run


def medpy(prediction, reference, spacing) -> Callable[[], Scores]:
    from medpy.metric import binary

    p, r = prediction.astype(bool), reference.astype(bool)
    calls = {"dice": binary.dc, "iou": binary.jc, "precision": binary.precision, "recall": binary.recall}

    def run() -> Scores:
        return {
            **{name: call(p, r) for name, call in calls.items()},
            "accuracy": float((p == r).mean()),
            "specificity": binary.specificity(p, r),
            "rve": abs(binary.ravd(p, r)),
            "hd_mm": binary.hd(p, r, spacing),
            "hd95_mm": binary.hd95(p, r, spacing),
            "assd_mm": binary.assd(p, r, spacing),
        }

    return run


def surface_distance(prediction, reference, spacing) -> Callable[[], Scores]:
    import surface_distance as sd

    p, r = prediction.astype(bool), reference.astype(bool)

    def run() -> Scores:
        found = sd.compute_surface_distances(r, p, spacing)
        return {
            "dice": sd.compute_dice_coefficient(r, p),
            "rve": _rve(p, r),
            "hd_mm": sd.compute_robust_hausdorff(found, 100),
            "hd95_mm": sd.compute_robust_hausdorff(found, 95),
            "assd_mm": sum(sd.compute_average_surface_distance(found)) / 2,
        }

    return run


def mikan(prediction, reference, spacing) -> Callable[[], Scores]:
    from mikan.metrics import ArrayEvaluator

    names = {
        **{n: n for n in ("dice", "precision", "accuracy", "specificity")},
        "iou": "jaccard_score",
        "recall": "senstivity",  # codespell:ignore
        "hd_mm": "hausdorff_distance",
        "hd95_mm": "hausdorff_distance_95",
        "assd_mm": "assd",
    }

    def run() -> Scores:
        evaluator = ArrayEvaluator(reference, prediction, spacing[::-1])
        [found] = evaluator._get_results([1], need_distance=True)
        return {ours: found[theirs] for ours, theirs in names.items()} | {
            "rve": abs(found["fp"] - found["fn"]) / (found["tp"] + found["fn"])
        }

    return run


def simpleitk(prediction, reference, spacing) -> Callable[[], Scores]:
    import SimpleITK as sitk  # noqa: N813

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    p, r = (sitk.GetImageFromArray(m) for m in (prediction, reference))
    for image in (p, r):
        image.SetSpacing(spacing[::-1])

    def run() -> Scores:
        overlap, hausdorff = sitk.LabelOverlapMeasuresImageFilter(), sitk.HausdorffDistanceImageFilter()
        overlap.Execute(r, p)
        hausdorff.Execute(r, p)
        return {
            "dice": overlap.GetDiceCoefficient(),
            "iou": overlap.GetJaccardCoefficient(),
            "hd_mm": hausdorff.GetHausdorffDistance(),
        }

    return run


CONTENDERS = {
    "segrepro": (ours, ""),
    "mikan-rs": (mikan, "open at the volume's edge"),
    "MONAI parts, distances once": (monai_parts, "float32"),
    "surface-distance": (surface_distance, "surface elements weighted by area; no IoU, precision ..."),
    "SimpleITK filters": (simpleitk, "distance to the filled object; no HD95, no ASSD"),
    "MONAI, a call a metric": (monai_calls, "float32"),
    "medpy": (medpy, "HD95 pooled"),
}

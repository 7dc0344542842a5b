"""Ten numbers of one case beside named peers, in one process: values are compared first, then times.

    python benchmarks/bench_metrics.py [--cases NAME ...] [--rounds N]

A peer that is not installed is left out. All run on one thread; a time is the median process CPU time of
rounds in which the contenders take turns. A call of more than 3 s runs once.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

for variable in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

from segrepro.metrics import segmentation_metrics  # noqa: E402

SLOW = 3.0
OVERLAP = ("dice", "iou", "precision", "recall", "accuracy", "specificity", "rve")
TEN = (*OVERLAP, "hd_mm", "hd95_mm", "assd_mm")
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
        _, (a, b), _ = get_edge_surface_distance(
            p[0, 0].bool(), r[0, 0].bool(), "euclidean", spacing, symmetric=True
        )
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


def blob(shape, spacing, volume_ml, shift=0.0, wave=0.0) -> np.ndarray:
    """A ball with a wavy surface in the middle of the volume, uint8."""
    x, y, z = (np.arange(n) * s for n, s in zip(shape, spacing))
    x, y, z = np.ix_(*(axis - axis[-1] / 2 - shift for axis in (x, y, z)))
    radius = (volume_ml * 750 / np.pi) ** (1 / 3)
    radius = radius * (1 + wave * np.sin(x / 5) * np.cos(y / 7) * np.sin(z / 6 + 1))
    return (x**2 + y**2 + z**2 < radius**2).astype(np.uint8)


def far_false_positives(mask, spacing) -> np.ndarray:
    """Two cubes of 7 mm in opposite corners of the volume."""
    sides = [max(1, round(7 / s)) for s in spacing]
    mask[tuple(slice(1, 1 + n) for n in sides)] = 1
    mask[tuple(slice(-1 - n, -1) for n in sides)] = 1
    return mask


def cases() -> dict[str, tuple[np.ndarray, np.ndarray, tuple[float, ...]]]:
    """Name -> prediction, reference, spacing; made when asked for."""
    head, one = (189, 233, 197), (1.0, 1.0, 1.0)
    thick, spleen = ((256, 256, 22), (0.9, 0.9, 6.0)), ((512, 512, 150), (0.8, 0.8, 2.5))

    def plain(shape, spacing, volume, far=False):
        prediction = blob(shape, spacing, volume, 1.2, 0.08)
        if far:
            prediction = far_false_positives(prediction, spacing)
        return prediction, blob(shape, spacing, volume), spacing

    def salt():
        rng = np.random.default_rng(0)
        noisy = [(blob(head, one, 50, s) | (rng.random(head) < 0.005)).astype(np.uint8) for s in (1.2, 0)]
        return *noisy, one

    def voxel():
        single = np.zeros(head, np.uint8)
        single[5, 6, 7] = 1
        return single, blob(head, one, 0.3 * np.prod(head) / 1000), one

    made = {}
    for volume in (0.1, 1, 10, 50, 200):
        made[f"head {volume} ml"] = lambda v=volume: plain(head, one, v)
        made[f"head {volume} ml, far"] = lambda v=volume: plain(head, one, v, True)
    for name, (shape, spacing), volume in (("thick 20 ml", thick, 20), ("spleen 200 ml", spleen, 200)):
        made[name] = lambda s=shape, d=spacing, v=volume: plain(s, d, v)
        made[f"{name}, far"] = lambda s=shape, d=spacing, v=volume: plain(s, d, v, True)
    return made | {"salt 0.5 %": salt, "one voxel, 30 %": voxel}


def seconds(call: Callable[[], Scores]) -> tuple[float, Scores]:
    start = time.process_time()
    scores = call()
    return time.process_time() - start, scores


def compare_values(name: str, all_scores: dict[str, Scores]) -> None:
    """Print where a peer's number is not ours (relative difference over 1e-4)."""
    for peer, scores in all_scores.items():
        mine = all_scores["segrepro"]
        other = {
            m: v for m, v in scores.items() if m in TEN and abs(v - mine[m]) > 1e-4 * max(abs(mine[m]), 1e-9)
        }
        same = len(TEN) - len(other) - len(set(TEN) - set(scores))
        differs = ", ".join(f"{m} {v:.5g} against {mine[m]:.5g}" for m, v in other.items())
        print(f"  {name}: {peer}: {same} of 10 equal{'; ' + differs if differs else ''}", flush=True)


def run_case(name: str, make: Callable, rounds: int) -> dict[str, float]:
    """Median CPU milliseconds of each contender."""
    masks, calls, times, scores = make(), {}, {}, {}
    for peer, (build, _) in CONTENDERS.items():
        try:
            calls[peer] = build(*masks)
        except ImportError:
            continue
        first, scores[peer] = seconds(calls[peer])
        times[peer] = [first] if first > SLOW else []
    compare_values(name, scores)
    for _ in range(rounds):
        for peer, call in calls.items():
            if not times[peer] or times[peer][0] <= SLOW:
                times[peer].append(seconds(call)[0])
    return {peer: statistics.median(t) * 1e3 for peer, t in times.items()}


def report(results: dict[str, dict[str, float]]) -> None:
    peers = list(next(iter(results.values())))
    print("\n| case | " + " | ".join(peers) + " |\n|---" + "|---" * len(peers) + "|")
    for name, times in results.items():
        mine = times["segrepro"]
        cells = [f"**{mine:.1f} ms**"] + [f"{times[p]:.0f} ms ({times[p] / mine:.1f}x)" for p in peers[1:]]
        print(f"| {name} | " + " | ".join(cells) + " |")
    lows = [min(t[p] / t["segrepro"] for t in results.values()) for p in peers[1:]]
    print("| least ratio | 1 | " + " | ".join(f"{low:.1f}x" for low in lows) + " |")


def machine() -> str:
    names = (
        "numpy",
        "scipy",
        "torch",
        "monai",
        "MedPy",
        "surface-distance-based-measures",
        "mikan-rs",
        "SimpleITK",
    )
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}, " + ", ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="*", default=list(cases()), choices=list(cases()))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(machine())
    report({name: run_case(name, cases()[name], options.rounds) for name in options.cases})


if __name__ == "__main__":
    main()

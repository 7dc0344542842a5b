"""Ten numbers of one case beside named peers, in one process: values are compared first, then times.

    python benchmarks/bench_metrics.py [--cases NAME ...] [--rounds N]

A peer that is not installed is left out. All run on one thread; a time is the median process CPU time of
rounds in which the contenders take turns. A call of more than 3 s runs once.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from measuring import machine
from metric_peers import CONTENDERS, Scores

SLOW = 3.0
PACKAGES = (
    "numpy",
    "scipy",
    "torch",
    "monai",
    "MedPy",
    "surface-distance-based-measures",
    "mikan-rs",
    "SimpleITK",
)
TEN = (
    *("dice", "iou", "precision", "recall", "accuracy", "specificity", "rve"),
    *("hd_mm", "hd95_mm", "assd_mm"),
)


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
        other = {m: v for m, v in scores.items() if m in TEN and abs(v - mine[m]) > 1e-4 * max(abs(mine[m]), 1e-9)}
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="*", default=list(cases()), choices=list(cases()))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(machine(*PACKAGES))
    report({name: run_case(name, cases()[name], options.rounds) for name in options.cases})


if __name__ == "__main__":
    main()

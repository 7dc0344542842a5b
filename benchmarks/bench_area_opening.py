"""The area opening of a FLAIR volume beside scikit-image's, in one process: values first, then times.

    python benchmarks/bench_area_opening.py [--rounds N] [--flair FILE ...]

Opens all axial slices, area 100, on one thread. A time is the median process CPU time of rounds in which the
contenders take turns. The volumes are phantoms of 256 x 256 x 48; `--flair` adds scans of your own.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

from segrepro.images.geometry import orientation_of, to_slices  # noqa: E402
from segrepro.images.scans import read_scan  # noqa: E402
from segrepro.preprocessing.features.area_opening import area_opening  # noqa: E402
from segrepro.preprocessing.normalization import requantise8  # noqa: E402

AREA_PX, SHAPE = 100, (256, 256, 48)


def scikit_image(slices: np.ndarray) -> np.ndarray:
    from skimage.morphology import area_opening as peer

    return np.stack([peer(one, AREA_PX, connectivity=1) for one in slices])


def ours(slices: np.ndarray) -> np.ndarray:
    return area_opening(slices, AREA_PX)


CONTENDERS = {"segrepro": ours, "scikit-image": scikit_image}


def phantom() -> np.ndarray:
    """FLAIR of the phantom on the second scanner's field of view, in 8 bit, (S, H, W)."""
    from tempfile import TemporaryDirectory

    from segrepro.datasets.phantoms import write_phantom
    from segrepro.datasets.phantoms.wmh2017 import SCANNERS

    with TemporaryDirectory() as folder:
        write_phantom("wmh2017", folder, patients=2, coarser=(np.array(SCANNERS[1].shape) / SHAPE).tolist())
        return eight_bit(next(Path(folder).glob("Singapore/*/pre/FLAIR.nii.gz")))


def eight_bit(path: Path) -> np.ndarray:
    scan = read_scan(path)
    return np.ascontiguousarray(to_slices(requantise8(scan.array, path), orientation_of(scan, path)))


def volumes(files: list[Path]) -> dict[str, np.ndarray]:
    """Name -> slices (S, H, W) in 8 bit."""
    flair = phantom()
    stripped = np.where(flair > 40, flair, 0).astype(np.uint8)
    made = {"phantom FLAIR": flair, "phantom FLAIR, background 0": stripped}
    return made | {f"scan {number}": eight_bit(path) for number, path in enumerate(files, 1)}


def seconds(call: Callable, slices: np.ndarray) -> float:
    start = time.process_time()
    call(slices)
    return time.process_time() - start


def run_volume(name: str, slices: np.ndarray, rounds: int) -> dict[str, float]:
    """Median CPU milliseconds of each contender, after a check that they agree in every voxel."""
    mine, theirs = (call(slices) for call in CONTENDERS.values())
    if mine.dtype != theirs.dtype or not np.array_equal(mine, theirs):
        raise SystemExit(f"{name}: the two differ in {np.count_nonzero(mine != theirs)} voxels")
    print(f"  {name}: {slices.shape}, all {slices.size} voxels equal", flush=True)
    times = {peer: [] for peer in CONTENDERS}
    for _ in range(rounds):
        for peer, call in CONTENDERS.items():
            times[peer].append(seconds(call, slices))
    return {peer: statistics.median(found) * 1e3 for peer, found in times.items()}


def report(results: dict[str, dict[str, float]]) -> None:
    print("\n| volume | segrepro | scikit-image | ratio |\n|---|---|---|---|")
    for name, times in results.items():
        mine, theirs = times["segrepro"], times["scikit-image"]
        print(f"| {name} | **{mine:.0f} ms** | {theirs:.0f} ms | {theirs / mine:.1f}x |")


def machine() -> str:
    found = ", ".join(f"{name} {version(name)}" for name in ("numpy", "diplib", "scikit-image"))
    return f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {found}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--flair", nargs="*", type=Path, default=[], help="FLAIR scans, NIfTI")
    options = parser.parse_args()
    print(machine())
    report({name: run_volume(name, one, options.rounds) for name, one in volumes(options.flair).items()})


if __name__ == "__main__":
    main()

"""What a person waits for, a case at a time, beside the way it was done before; values are compared first.

    python benchmarks/bench_waiting.py [--rounds N]

A head of 189 x 233 x 197 voxels, its mask and probabilities. Before: the scan inflated for its header alone, nibabel's
gzip, numpy's float16. All run on one thread; a time is the median process CPU time of rounds in which both take turns.
"""

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import cv2  # noqa: E402
import nibabel as nib  # noqa: E402
import numpy as np  # noqa: E402
from measuring import in_turns, machine, ratio, table  # noqa: E402
from scipy import ndimage  # noqa: E402

from segrepro.datasets.label_map import LabelMap  # noqa: E402
from segrepro.evaluation.case_scores import Settings, score_prediction  # noqa: E402
from segrepro.evaluation.metrics import segmentation_metrics  # noqa: E402
from segrepro.images.io import write_image  # noqa: E402
from segrepro.preprocessing.normalization import as_float16  # noqa: E402

SHAPE, SPACING = (189, 233, 197), (1.0, 1.0, 1.0)


def head() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A noisy scan int16, the reference mask uint8 in one place of it, and probabilities float32."""
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.random(SHAPE, np.float32), 5)
    inside = np.indices(SHAPE)[0] < SHAPE[0] // 2
    mask = ((smooth > np.quantile(smooth, 0.98)) & inside).astype(np.uint8)
    scan = (1000 * smooth + rng.normal(0, 20, SHAPE)).astype(np.int16)
    return scan, mask, (smooth - smooth.min()) / np.ptp(smooth)


def pairs(folder: Path) -> dict[str, tuple[Callable, Callable]]:
    """By what is waited for: as it is done, and as it was."""
    scan, mask, probabilities = head()
    moved = np.roll(mask, 1, 0)
    binaries = [each != 0 for each in (moved, mask)]
    paths = {name: str(folder / f"{name}.nii.gz") for name in ("scan", "mask", "moved")}
    for name, array in (("scan", scan), ("mask", mask), ("moved", moved)):
        write_image(paths[name], array, np.eye(4))
    row = {"fold": 0, "case": "a", "patient": "a", "site": "", "checkpoint": "best", "prediction": paths["moved"]}
    files = {"images": {"t1": paths["scan"]}, "labels": [paths["mask"]], "label_ranges": []}
    row |= {"image": "", "slices": ""} | {key: json.dumps(value) for key, value in files.items()}
    settings = Settings(
        experiment="x", labels=LabelMap(values={1: "lesion"}), empty="xnet", challenges=[], units=["case"]
    )

    def scored(read_scan: bool) -> list[dict]:
        if read_scan:
            np.asarray(nib.load(paths["scan"]).dataobj)
        return score_prediction(row, settings)

    def written(array: np.ndarray, by_nibabel: bool) -> np.ndarray:
        path = folder / "written.nii.gz"
        if by_nibabel:
            nib.save(nib.Nifti1Image(array, np.eye(4)), path)
        else:
            write_image(path, array, np.eye(4))
        return path

    single = scan.astype(np.float32)
    return {
        "a case from files to scores": (lambda: scored(False), lambda: scored(True)),
        "a mask written": (lambda: written(mask, False), lambda: written(mask, True)),
        "probabilities written": (lambda: written(probabilities, False), lambda: written(probabilities, True)),
        "a volume rounded to float16": (lambda: as_float16(single), lambda: single.astype(np.float16)),
        "ten measures by label; of a binary mask": (
            lambda: segmentation_metrics(moved, mask, SPACING, labels=[1])[1],
            lambda: segmentation_metrics(*binaries, SPACING),
        ),
    }


def require_equal(found: object, former: object) -> None:
    """Raise SystemExit unless both give the same; of files, the same voxels."""
    if isinstance(found, Path):
        return
    same = np.array_equal(found, former) if isinstance(found, np.ndarray) else repr(found) == repr(former)
    if not same:
        raise SystemExit(f"{found} is not {former}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    print(machine("numpy", "nibabel", "isal", "opencv-python-headless"))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for what, (now, before) in pairs(Path(name)).items():
            require_equal(now(), before())
            times = in_turns({"now": now, "before": before}, options.rounds)
            spent = [f"{1e3 * statistics.median(times[key]):.1f} ms" for key in ("now", "before")]
            rows.append([what, *spent, f"{ratio(times, 'before', 'now'):.1f}x"])
    table(["one head, CPU", "now", "before", "ratio"], rows)


if __name__ == "__main__":
    main()

"""SSIM and PSNR of a volume beside named peers, slice by slice; values are compared first.

    python benchmarks/bench_image_quality.py [--rounds N]

segrepro gives SSIM with both windows and PSNR at once; a peer's row gives the same numbers by calls of its own. All run
on one thread; a time is the median process CPU time of rounds in which the contenders take turns.
"""

import argparse
import os
import statistics
from collections.abc import Callable
from importlib.util import find_spec

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from measuring import in_turns, machine, ratio, table  # noqa: E402
from scipy import ndimage  # noqa: E402

from segrepro.evaluation.metrics.image_quality import image_quality  # noqa: E402

SHAPE = (192, 192, 128)
WINDOWS = {"ssim": "gaussian", "ssim_uniform": "uniform"}


def volumes() -> tuple[np.ndarray, np.ndarray]:
    """A smooth random volume, float32 in [0, 1], and a noisy copy."""
    rng = np.random.default_rng(0)
    target = ndimage.gaussian_filter(rng.random(SHAPE, np.float32), 3)
    target = (target - target.min()) / np.ptp(target)
    return np.clip(target + rng.normal(0, 0.05, SHAPE), 0, 1).astype(np.float32), target


def skimage(prediction: np.ndarray, target: np.ndarray, dtype: type) -> dict[str, float]:
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    settings = {"ssim": {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}, "ssim_uniform": {}}
    pairs = [(prediction[..., z].astype(dtype), target[..., z].astype(dtype)) for z in range(SHAPE[2])]
    scores = {
        name: np.mean([structural_similarity(*pair, data_range=1, **chosen) for pair in pairs])
        for name, chosen in settings.items()
    }
    return scores | {"psnr": peak_signal_noise_ratio(target.astype(dtype), prediction.astype(dtype), data_range=1)}


def monai(prediction: np.ndarray, target: np.ndarray) -> dict[str, float]:
    from monai.metrics import PSNRMetric, SSIMMetric

    slices = [torch.from_numpy(np.ascontiguousarray(np.moveaxis(a, 2, 0)))[:, None] for a in (prediction, target)]
    sizes = {"ssim": {"kernel_sigma": 1.5, "win_size": 11}, "ssim_uniform": {"win_size": 7}}
    scores = {
        name: float(SSIMMetric(2, data_range=1, kernel_type=kernel, **sizes[name])(*slices).mean())
        for name, kernel in WINDOWS.items()
    }
    volume = [part[:, 0][None, None] for part in slices]
    return scores | {"psnr": float(PSNRMetric(1)(*volume).mean())}


def contenders() -> dict[str, Callable]:
    pair = volumes()
    calls = {
        "segrepro": lambda: image_quality(*pair),
        "scikit-image, float64": lambda: skimage(*pair, np.float64),
        "scikit-image, float32": lambda: skimage(*pair, np.float32),
    }
    return calls | ({"MONAI": lambda: monai(*pair)} if find_spec("monai") else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    print(machine("numpy", "opencv-python-headless", "scikit-image", "monai", "torch"))
    calls = contenders()
    scores = {name: call() for name, call in calls.items()}
    times = in_turns(calls, options.rounds)
    rows = []
    for name, taken in times.items():
        gaps = [f"{abs(scores[name][key] - scores['segrepro'][key]):.0e}" for key in scores["segrepro"]]
        spent = f"{1e3 * statistics.median(taken):.0f} ms"
        rows.append([name, spent, f"{ratio(times, name, 'segrepro'):.1f}x", *gaps])
    table([f"{SHAPE}", "CPU", "ratio", *(f"{key}, off by" for key in scores["segrepro"])], rows)


if __name__ == "__main__":
    main()

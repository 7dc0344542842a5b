"""Flip, turn, scale and crop of a batch of slices and masks beside named peers; values are compared first.

    python benchmarks/bench_augmentation.py [--channels N] [--rounds N]

Every operation is always on. A peer that is not installed is left out. All run on one thread; a time is the
median process CPU time of rounds in which the contenders take turns.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from scipy import ndimage  # noqa: E402

from segrepro.training.augmentation import Augmentation, augment, draw_warps  # noqa: E402

COUNT, SIZE = 8, (224, 192)
SETTINGS = Augmentation(flip_left_right=1, rotation_degrees=20, scale=(0.8, 1.2), crop=(0.8, 1.0))
RADIANS = np.radians(SETTINGS.rotation_degrees)


def batch(channels: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images = ndimage.gaussian_filter(rng.random((COUNT, channels, *SIZE)), (0, 0, 4, 4))
    # What a warp brings in from outside is the slice's lowest value in ours, and 0 in the others.
    images = ((images - images.min((2, 3), keepdims=True)) / np.ptp(images)).astype(np.float32)
    return images, (images[:, 0] > 0.5).astype(np.uint8)


def ours(images, labels) -> Callable:
    generator = np.random.default_rng(0)
    return lambda: augment(images, labels, SETTINGS, generator)


def ours_half(images, labels) -> Callable:
    return ours(images.astype(np.float16), labels)


def scipy_warp(images, labels) -> Callable:
    """The same warps as ours, by scipy; what ours is compared with."""
    generator = np.random.default_rng(0)

    def run():
        warped, masks = np.empty_like(images), np.empty_like(labels)
        for n, matrix in enumerate(draw_warps(COUNT, SIZE, SETTINGS, generator)):
            swapped = matrix[::-1][:, [1, 0, 2]]
            options = {"matrix": swapped[:, :2], "offset": swapped[:, 2], "mode": "grid-constant"}
            for plane, into in zip(images[n], warped[n]):
                ndimage.affine_transform(plane, output=into, order=1, **options)
            ndimage.affine_transform(labels[n], output=masks[n], order=0, **options)
        return warped, masks

    return run


def grid_sample(images, labels) -> Callable:
    """torch on the whole batch at once."""
    from torch.nn import functional

    generator, size = np.random.default_rng(0), np.array(SIZE[::-1])
    images, labels = torch.from_numpy(images), torch.from_numpy(labels)[:, None].float()

    def run():
        thetas = []
        for matrix in draw_warps(COUNT, SIZE, SETTINGS, generator):
            linear = matrix[:, :2] * size / size[:, None]
            shift = (2 * (matrix[:, :2] @ (size - 1) / 2 + matrix[:, 2]) + 1) / size - 1
            thetas.append(np.column_stack([linear, shift]))
        theta = torch.from_numpy(np.stack(thetas)).float()
        grid = functional.affine_grid(theta, images.shape, align_corners=False)
        masks = functional.grid_sample(labels, grid, "nearest", align_corners=False)
        return functional.grid_sample(images, grid, align_corners=False).numpy(), masks[:, 0].byte().numpy()

    return run


def batchgenerators(images, labels) -> Callable:
    from batchgeneratorsv2.transforms.spatial.mirroring import MirrorTransform
    from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform

    spatial = SpatialTransform(
        SIZE, 0, True, 0, p_rotation=1, rotation=(-RADIANS, RADIANS), p_scaling=1, scaling=SETTINGS.scale
    )
    mirror = MirrorTransform((0, 1))
    pairs = [{"image": torch.from_numpy(i), "segmentation": torch.from_numpy(m[None])} for i, m in zip(images, labels)]
    return lambda: [mirror(**spatial(**pair)) for pair in pairs]


def monai(images, labels) -> Callable:
    from monai.transforms import Compose, RandAffined, RandFlipd

    zoom, keys = tuple(s - 1 for s in SETTINGS.scale), ("image", "mask")
    change = Compose([
        RandFlipd(keys, prob=1, spatial_axis=1),
        RandAffined(
            keys, prob=1, rotate_range=RADIANS, scale_range=(zoom,) * 2, translate_range=(20, 20),
            mode=("bilinear", "nearest"), padding_mode="zeros",
        ),
    ])  # fmt: skip
    pairs = [{"image": torch.from_numpy(i), "mask": torch.from_numpy(m[None])} for i, m in zip(images, labels)]
    return lambda: [change(dict(pair)) for pair in pairs]


def torchio(images, labels) -> Callable:
    import torchio as tio

    change = tio.Compose([
        tio.RandomFlip((0,), flip_probability=1),
        tio.RandomAffine((*SETTINGS.scale,) * 2 + (1, 1), (0, 0, 0, 0, -20, 20), (-20, 20, -20, 20, 0, 0)),
    ])  # fmt: skip
    subjects = [
        tio.Subject(
            image=tio.ScalarImage(tensor=torch.from_numpy(i)[..., None]),
            mask=tio.LabelMap(tensor=torch.from_numpy(m[None])[..., None]),
        )
        for i, m in zip(images, labels)
    ]
    return lambda: [change(subject) for subject in subjects]


CONTENDERS = {
    "segrepro": ours,
    "segrepro, float16": ours_half,
    "torch grid_sample, whole batch": grid_sample,
    "scipy affine_transform": scipy_warp,
    "batchgeneratorsv2": batchgenerators,
    "MONAI": monai,
    "torchio": torchio,
}


def compare_values(images, labels) -> None:
    """Print how far the same warps by other means are from ours."""
    mine, my_masks = ours(images, labels)()
    for name in ("scipy affine_transform", "torch grid_sample, whole batch"):
        theirs, masks = CONTENDERS[name](images, labels)()
        print(f"  {name}: images within {np.abs(theirs - mine).max():.1e} of ours,", end=" ")
        print(f"{np.count_nonzero(masks != my_masks)} of {masks.size} mask pixels differ")


def run(images, labels, rounds: int) -> dict[str, float]:
    """Median CPU milliseconds of each contender."""
    calls, times = {}, {}
    for name, build in CONTENDERS.items():
        try:
            calls[name], times[name] = build(images, labels), []
        except ImportError:
            continue
        calls[name]()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            call()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(spent) * 1e3 for name, spent in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    images, labels = batch(options.channels)
    compare_values(images, labels)
    times = run(images, labels, options.rounds)
    what = f"{COUNT} slices of {options.channels} channels and masks, {SIZE[0]} x {SIZE[1]}"
    print(f"\n| {what} | CPU | ratio |\n|---|---|---|")
    for name, spent in times.items():
        print(f"| {name} | {spent:.1f} ms | {spent / times['segrepro']:.1f}x |")


if __name__ == "__main__":
    main()

"""A mask from its file, and batches of random slices from prepared arrays and from nnU-Net v2's files.

    python benchmarks/bench_reading.py [--rounds N]

Values are compared first. The mask is a uint8 .nii.gz of 189 x 233 x 197 voxels, read by segrepro, SimpleITK and
nibabel. Of slices, both read the same ones of the same cases, images and labels, in the same order, from a warm page
cache: segrepro as float16 from memory maps, nnU-Net as float32 from b2nd files that it opens for every slice. All run
on one thread; a time is the median process CPU time of a file or batch over rounds in which the contenders take turns.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import nnunet_peer  # noqa: E402
import numpy as np  # noqa: E402
from measuring import in_turns, machine, ratio, table  # noqa: E402
from scipy import ndimage  # noqa: E402
from slices import SIZE, open_slices  # noqa: E402

MASK = (189, 233, 197)
CASES, DEPTH, BATCH, BATCHES = 6, 189, 8, 25


def mask_readers(path: Path) -> dict[str, Callable]:
    """Who reads a mask, each into an array (x, y, z)."""
    import nibabel as nib
    import SimpleITK as sitk  # noqa: N813

    from segrepro.images.io import read_image

    return {
        "segrepro": lambda: read_image(path).array,
        "SimpleITK": lambda: sitk.GetArrayFromImage(sitk.ReadImage(path)).T,
        "nibabel": lambda: np.asarray(nib.load(path).dataobj),
    }


def compare_masks(rounds: int) -> None:
    """Write a mask with many parts, and print how long each reader takes for it."""
    from segrepro.images.io import write_image

    smooth = ndimage.gaussian_filter(np.random.default_rng(0).random(MASK, np.float32), 5)
    mask = (smooth > np.quantile(smooth, 0.98)).astype(np.uint8)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "mask.nii.gz"
        write_image(path, mask, np.eye(4))
        calls = mask_readers(path)
        compare(calls, (mask,), lambda read: (read(),))
        times = in_turns(calls, rounds)
    print(machine("numpy", "SimpleITK", "nibabel"))
    rows = [
        [name, f"{1e3 * statistics.median(taken):.2f} ms", f"{ratio(times, name, 'segrepro'):.1f}x"]
        for name, taken in times.items()
    ]
    table([f"a mask of {' x '.join(map(str, MASK))}", "CPU", "ratio"], rows)


def compare(readers: dict[str, Callable], expected: tuple, read: Callable) -> None:
    """Print whether what each reader reads has the expected values."""
    for name, reader in readers.items():
        same = all(np.array_equal(a, b) for a, b in zip(read(reader), expected))
        print(f"  {name}: {'equal' if same else 'NOT equal'} to the expected values")


def volume(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A smooth head with a little noise and nothing around it, and its bright parts."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.random((DEPTH, *SIZE), np.float32), 4)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    z, y, x = np.ogrid[-1 : 1 : DEPTH * 1j, -1 : 1 : SIZE[0] * 1j, -1 : 1 : SIZE[1] * 1j]
    head = x**2 + y**2 + z**2 < 0.9
    image = np.where(head, np.clip(smooth + rng.normal(0, 0.02, head.shape), 0, 1), 0).astype(np.float16)
    return image, (head & (smooth > 0.7)).astype(np.uint8)


def write_both(folder: Path) -> None:
    for case in range(CASES):
        image, label = volume(case)
        np.save(folder / f"{case:03}.0.npy", image)
        np.save(folder / f"{case:03}.label.npy", label)
        nnunet_peer.write_case(image[None].astype(np.float32), label, folder / "nnunet" / f"{case:03}")


def nnunet_reader(folder: Path) -> Callable:
    """As nnU-Net's data loader reads: the case is opened, and its properties loaded, for each slice."""
    from nnunetv2.training.dataloading.nnunet_dataset import nnUNetDatasetBlosc2

    dataset = nnUNetDatasetBlosc2(str(folder / "nnunet"))

    def batch(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images, labels = [], []
        for index in indices:
            data, segmentation, _, _ = dataset.load_case(f"{index // DEPTH:03}")
            images.append(data[:, index % DEPTH])
            labels.append(segmentation[0, index % DEPTH])
        return np.stack(images), np.stack(labels)

    return batch


def nnunet_kept_open(folder: Path) -> Callable:
    """The same files, opened once."""
    from nnunetv2.training.dataloading.nnunet_dataset import nnUNetDatasetBlosc2

    dataset = nnUNetDatasetBlosc2(str(folder / "nnunet"))
    opened = [dataset.load_case(f"{case:03}")[:2] for case in range(CASES)]

    def batch(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pairs = [(*opened[index // DEPTH], index % DEPTH) for index in indices]
        return np.stack([data[:, z] for data, _, z in pairs]), np.stack([s[0, z] for _, s, z in pairs])

    return batch


def as_float32(batch) -> tuple[np.ndarray, np.ndarray]:
    """What the network is fed."""
    import torch

    return torch.from_numpy(batch.images).float().numpy(), batch.labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    compare_masks(options.rounds)
    orders = np.random.default_rng(1).integers(0, CASES * DEPTH, (BATCHES, BATCH))
    with tempfile.TemporaryDirectory() as name, redirect_stderr(StringIO()):
        folder = Path(name)
        nnunet_peer.point_to(folder)
        write_both(folder)
        slices = open_slices(folder, None)
        readers = {
            "segrepro": slices.batch,
            "segrepro, made float32": lambda indices: as_float32(slices.batch(indices)),
            "nnU-Net v2, as it opens them": nnunet_reader(folder),
            "nnU-Net v2, kept open": nnunet_kept_open(folder),
        }
        compare(readers, slices.batch(orders[0]), lambda read: read(orders[0]))
        calls = {name: lambda read=read: [read(order) for order in orders] for name, read in readers.items()}
        times = in_turns(calls, options.rounds)
    print(machine("numpy", "nnunetv2", "blosc2", "torch"))
    rows = []
    for name, taken in times.items():
        seconds = statistics.median(taken) / BATCHES
        against = [f"{ratio(times, name, mine):.1f}x" for mine in list(readers)[:2]]
        rows.append([name, f"{1e3 * seconds:.2f} ms", f"{BATCH / seconds:.0f}/s", *against])
    table([f"{BATCH} slices of {SIZE[0]} x {SIZE[1]}", "CPU", "slices", "ratio", "to float32"], rows)


if __name__ == "__main__":
    main()

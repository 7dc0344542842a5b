"""Preparing ATLAS-size volumes beside SimpleITK one by one, and with two workers; arrays are compared first.

    python benchmarks/bench_preparation.py [--volumes N] [--rounds N]

Phantoms of 197 x 233 x 189 voxels, written once to a temporary folder. SimpleITK reads image and masks, turns them to
RAS, scales to 0-1, crops and saves the same arrays. Every row is a process of its own, so starts and imports
count; a time is the median over rounds in which the rows take turns. The CPU time of two workers is not seen by
their parent and left out. Inflating alone is the least that reading costs.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from measuring import machine, run_process, table

SIZE, START = (224, 192), (5, 2)


def by_segrepro(data: Path, output: Path, workers: int) -> None:
    from segrepro.datasets import open_dataset
    from segrepro.preprocessing.preparation import Preparation
    from segrepro.preprocessing.write_cases import write_batch

    cases = open_dataset("atlas", data, "atlas").cases
    write_batch(cases, Preparation(size=SIZE, start=START), output, workers)


def by_simpleitk(data: Path, output: Path) -> None:
    """As commonly written."""
    import numpy as np
    import SimpleITK as sitk  # noqa: N813

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    output.mkdir()
    rows, columns = (slice(start, start + size) for start, size in zip(START, SIZE))
    for path in sorted(data.glob("Site*/*/t*/*t1w*.nii.gz")):
        image = sitk.GetArrayFromImage(sitk.DICOMOrient(sitk.ReadImage(str(path), sitk.sitkFloat32), "LPS"))
        image = (image - image.min()) / (image.max() - image.min())
        label = np.zeros(image.shape, np.uint8)
        for file in path.parent.glob("*LesionSmooth*.nii.gz"):
            label |= sitk.GetArrayFromImage(sitk.DICOMOrient(sitk.ReadImage(str(file)), "LPS")) > 0
        # LPS runs against rows and columns of RAS.
        np.save(output / f"{_case(path)}.t1.npy", image[:, ::-1, ::-1][:, rows, columns].astype(np.float16))
        np.save(output / f"{_case(path)}.label.npy", label[:, ::-1, ::-1][:, rows, columns])


def inflate(data: Path) -> None:
    from isal import isal_zlib

    for path in data.rglob("*.nii.gz"):
        isal_zlib.decompress(path.read_bytes(), wbits=31)


def _case(path: Path) -> str:
    return "-".join(path.parts[-4:-1])


CALLS = {
    "segrepro, 1 worker": lambda data, output: by_segrepro(data, output, 1),
    "segrepro, 2 workers": lambda data, output: by_segrepro(data, output, 2),
    "SimpleITK, one by one": by_simpleitk,
    "inflating alone (isal)": lambda data, output: inflate(data),
    "start and imports alone": lambda data, output: by_segrepro_imports(),
}


def by_segrepro_imports() -> None:
    import nibabel  # noqa: F401
    from isal import isal_zlib  # noqa: F401

    import segrepro.preprocessing.prepared_cases  # noqa: F401


def compare(data: Path, folder: Path) -> None:
    """Print how far SimpleITK's arrays are from ours."""
    import numpy as np

    ours, theirs = folder / "ours", folder / "theirs"
    by_segrepro(data, ours, 1)
    by_simpleitk(data, theirs)
    for kind in ("t1", "label"):
        names = sorted(path.name for path in ours.glob(f"*.{kind}.npy"))
        pairs = [[np.load(place / name).astype(np.float32) for place in (ours, theirs)] for name in names]
        print(f"  {kind}: {len(names)} volumes, largest difference {max(np.abs(a - b).max() for a, b in pairs):.1e}")


def write_volumes(data: Path, count: int) -> None:
    from segrepro.datasets.phantoms import write_phantom

    write_phantom("atlas", data, patients=count, two_timepoints=0.0, workers=os.cpu_count())


def work(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=options.data.parent) as name:
        if options.only == "write":
            write_volumes(options.data, options.volumes)
        elif options.only == "compare":
            compare(options.data, Path(name))
        else:
            CALLS[options.only](options.data, Path(name) / "output")


def measure(options: argparse.Namespace) -> None:
    print(machine("SimpleITK", "isal", "numpy", "nibabel"), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder, costs = Path(name), {row: [] for row in CALLS}
        arguments = ["--data", str(folder / "data"), "--volumes", str(options.volumes)]
        for row in ("write", "compare", *[row for _ in range(options.rounds) for row in CALLS]):
            cost = run_process([sys.executable, __file__, "--only", row, *arguments], folder, folder / "output.txt")
            costs.get(row, []).append(cost)
            if row == "compare":
                print((folder / "output.txt").read_text(), end="", flush=True)
    rows = []
    for row, taken in costs.items():
        wall, cpu, peak = map(statistics.median, zip(*taken))
        faster = statistics.median(mine.wall / one.wall for mine, one in zip(taken, costs["segrepro, 1 worker"]))
        more = statistics.median(mine.cpu / one.cpu for mine, one in zip(taken, costs["segrepro, 1 worker"]))
        counted = [f"{cpu:.2f} s", f"{peak:.0f} MB", f"{more:.2f}x"] if "2 workers" not in row else ["-"] * 3
        rows.append([row, f"{wall:.2f} s", f"{faster:.2f}x", *counted])
    table([f"{options.volumes} volumes", "wall", "ratio", "CPU", "peak memory", "CPU ratio"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--volumes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="the work of one row, for this script itself")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    (work if options.only else measure)(options)


if __name__ == "__main__":
    main()

"""From the file of a CT perfusion series to its features, beside named peers: agreement first, then times.

    python benchmarks/bench_perfusion.py [--rounds N]

The file is 256 x 256 x 16 x 48 int16 (101 MB, as .nii.gz), written to a temporary folder. Features are the maximum
projection, the curve q(t) with its window, and six frames. All run on one thread; a time is the median process
CPU time of rounds in which the contenders take turns, a ratio the median over the rounds. Memory is the growth of
the peak resident size in a process of its own, in copies of the int16 series.
"""

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from segrepro.preprocessing.features.perfusion import FRAMES, extract_file, perfusion_window

SHAPE = (256, 256, 16, 48)
OURS = "segrepro"


def write_series_file(path: Path) -> None:
    """A head with skull and noise through which a bolus passes, without noise in the air."""
    import nibabel as nib

    rng = np.random.default_rng(0)
    x, y = np.ix_(np.linspace(-1, 1, SHAPE[0]), np.linspace(-1, 1, SHAPE[1]))
    radius = np.hypot(x, y)[..., None]
    still = np.select([radius < 0.75, radius < 0.85], [35.0, 900.0], -1000.0)
    frames = np.empty(SHAPE, np.int16, order="F")
    for number in range(SHAPE[3]):
        part = max(0, number - 10) / 6
        enhanced = 10 * part**2 * np.exp(2 - 2 * part) * (radius < 0.75)
        noise = rng.normal(0, 4, SHAPE[:3]) * (radius < 0.85)
        frames[..., number] = np.rint(still + enhanced + noise)
    nib.save(nib.Nifti1Image(frames, np.diag([0.9, 0.9, 8, 1])), path)


def ours(path: Path):
    found = extract_file(path)
    return found.mip, (found.window.ts, found.window.te), found.frames


def inflate_whole(path: Path) -> None:
    """The whole file at once by ISA-L."""
    from isal import isal_zlib

    raw = path.read_bytes()
    isal_zlib.decompressobj(wbits=31).decompress(raw, max_length=int.from_bytes(raw[-4:], "little") + 1)


def inflate_frames(path: Path) -> None:
    """Frame by frame by ISA-L into one array: what reading it costs at least."""
    from isal import igzip

    frames = np.empty(SHAPE[::-1], np.int16)
    with igzip.open(path) as file:
        file.read(352)
        for frame in frames:
            file.readinto(memoryview(frame).cast("B"))


def careful(path: Path):
    """nibabel without a change of type, numpy along time, the same frames."""
    import nibabel as nib

    series = np.asarray(nib.load(path).dataobj)
    ts, te = perfusion_window(series.sum(axis=(0, 1, 2), dtype=np.int64))
    return series.max(axis=3), (ts, te), series[..., np.linspace(ts, te, FRAMES).round().astype(int)]


def common(path: Path):
    """As it is often written: get_fdata, numpy, and interp1d along time."""
    import nibabel as nib
    from scipy.interpolate import interp1d

    series = nib.load(path).get_fdata()
    ts, te = perfusion_window(series.sum(axis=(0, 1, 2)))
    crop = series[..., ts : te + 1]
    times = np.linspace(0, crop.shape[3] - 1, FRAMES)
    return series.max(axis=3), (ts, te), interp1d(np.arange(crop.shape[3]), crop, axis=3)(times)


CONTENDERS = {
    OURS: ours,
    "isal, inflate only, by frames": inflate_frames,
    "isal, inflate only, at once": inflate_whole,
    "nibabel int16, careful numpy": careful,
    "nibabel get_fdata, numpy, interp1d": common,
}


def compare(path: Path) -> None:
    """Print whether the peers' features are ours; interpolated frames can equal ours at the ends alone."""
    mip, window, frames = ours(path)
    print(f"window {window}")
    for name, call in CONTENDERS.items():
        if call in (ours, inflate_frames, inflate_whole):
            continue
        other_mip, other_window, other_frames = call(path)
        every = np.array_equal(frames, other_frames)
        ends = np.array_equal(frames[..., [0, -1]], other_frames[..., [0, -1]])
        print(
            f"  {name}: projection {np.array_equal(mip, other_mip)}, window {window == other_window}, "
            f"frames {every}, first and last frame {ends}"
        )


def seconds(call, path: Path) -> float:
    start = time.process_time()
    call(path)
    return time.process_time() - start


def measure(path: Path, rounds: int) -> dict[str, list[float]]:
    times = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, call in CONTENDERS.items():
            times[name].append(seconds(call, path))
    return times


def copies(name: str, path: Path) -> float:
    """Peak memory of a contender in copies of the series, after its imports, which a tiny file brings about."""
    command = [sys.executable, __file__, "--peak", name, str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak(name: str, path: Path) -> float:
    import nibabel as nib

    with tempfile.TemporaryDirectory() as folder:
        tiny = Path(folder, "tiny.nii.gz")
        nib.save(nib.Nifti1Image(np.arange(96, dtype=np.int16).reshape(2, 2, 2, 12), np.eye(4)), tiny)
        if not name.startswith("isal, inflate only, by"):
            CONTENDERS[name](tiny)
    before = highest_memory()
    CONTENDERS[name](path)
    return (highest_memory() - before) / (2 * np.prod(SHAPE))


def highest_memory() -> int:
    """Peak resident size of this process in bytes; getrusage would count that of its parent, too."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return 1024 * int(line.split()[1])


def report(times: dict[str, list[float]], path: Path) -> None:
    print("\n| contender | CPU ms | times segrepro | copies of the series in memory |\n|---|---|---|---|")
    for name, values in times.items():
        ratio = statistics.median(b / a for a, b in zip(times[OURS], values))
        print(f"| {name} | {1e3 * statistics.median(values):.0f} | {ratio:.2f} | {copies(name, path):.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peak", nargs=2, metavar=("CONTENDER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print(peak(options.peak[0], Path(options.peak[1])))
        return
    names = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "nibabel", "isal"))
    print(f"{platform.machine()}, Python {platform.python_version()}, {names}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ctp.nii.gz")
        write_series_file(path)
        compare(path)
        report(measure(path, options.rounds), path)


if __name__ == "__main__":
    main()

"""What the pseudo-DWI study takes from a CT perfusion series: projection, perfusion window, six frames.

Equations 1-3 of the paper. The curve q(t) is the sum of all voxels at time point t; the window runs from Ts,
the first time point after which q rises K times in a row, to Te, the last one before which it fell K times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.images import not_hounsfield
from segrepro.images.nifti import affine_of, read_header, scaling_of
from segrepro.images.packed import is_packed
from segrepro.images.scans import SERIES, series_shape
from segrepro.utils.errors import DataError, GridError
from segrepro.utils.validation import Strict

K = 5
FRAMES = 6
CHANNELS = ("mip", *(f"frame{i}" for i in range(FRAMES)))
# By the bits of a header that say the unit of time.
TIME_UNITS, SECONDS = 0x38, {8: 1.0, 16: 1e-3, 24: 1e-6}


class Settings(Strict):
    """clip: the pair of Hounsfield units that become 0 and 1."""

    clip: tuple[float, float] | None = None


def modalities(settings: Settings) -> list[str]:
    """What it is computed from."""
    return [SERIES]


@dataclass(frozen=True)
class Window:
    """Where the bolus passes.

    ts, te: first and last time point, both inside.
    fallback: whether a rule found no time point, or both ends crossed.
    curve: q(t), float64 (T,), in units of the file.
    """

    ts: int
    te: int
    fallback: bool
    curve: np.ndarray


class Features(NamedTuple):
    """mip: (x, y, z), maximum over the whole series; window; frames: (x, y, z, Ce). Both of the series' type."""

    mip: np.ndarray
    window: Window
    frames: np.ndarray


def perfusion_window(curve: np.ndarray, k: int = K) -> tuple[int, int]:
    """Ts and Te of a curve q (T,), Equations 2 and 3; both are time points inside the window.

    Ts is the smallest t in 0 <= t < T-k whose k forward differences q(t+i+1) - q(t+i), i = 0..k-1, are all
    above 0. Te is the largest t in k <= t < T whose k backward differences q(t-i) - q(t-i-1) are all below 0.
    A difference of 0 fails both. Without such a t, Ts is 0 and Te is T-1; with Te <= Ts, the window is the
    whole series, 0 and T-1. Raises DataError for an empty curve, NaN or infinity.

    >>> perfusion_window(np.array([3, 3, 4, 5, 6, 7, 9, 8, 6, 5, 4, 3, 3]))
    (1, 11)
    >>> perfusion_window(np.ones(20))
    (0, 19)
    """
    window = find_window(curve, k)
    return window.ts, window.te


def find_window(curve: np.ndarray, k: int = K) -> Window:
    """`perfusion_window`, with the curve and whether the rule had to fall back."""
    curve = np.asarray(curve, np.float64)
    if curve.ndim != 1 or not curve.size or not np.isfinite(curve).all():
        found = "NaN or infinity" if curve.size and curve.ndim == 1 else f"shape {curve.shape}"
        raise DataError("the curve q(t)", found, "finite values over time", "Export the series again.")
    steps = np.diff(curve)
    starts, ends = _runs(steps > 0, k), _runs(steps < 0, k) + k
    ts = int(starts[0]) if starts.size else 0
    te = int(ends[-1]) if ends.size else curve.size - 1
    if te <= ts:
        return Window(0, curve.size - 1, True, curve)
    return Window(ts, te, not (starts.size and ends.size), curve)


def _runs(flags: np.ndarray, k: int) -> np.ndarray:
    """Where k true flags in a row begin."""
    if flags.size < k:
        return np.empty(0, int)
    return np.flatnonzero(np.lib.stride_tricks.sliding_window_view(flags, k).all(axis=1))


def frame_numbers(ts: int, te: int, count: int = FRAMES) -> np.ndarray:
    """`count` time points at even steps from ts to te; some come twice in a window shorter than `count`.

    >>> frame_numbers(4, 14).tolist(), frame_numbers(0, 2).tolist()
    ([4, 6, 8, 10, 12, 14], [0, 0, 1, 1, 2, 2])
    """
    return np.linspace(ts, te, count).round().astype(int)


def extract_features(series: np.ndarray, axis: int = -1, k: int = K, count: int = FRAMES) -> Features:
    """Maximum projection (Equation 1), perfusion window, and `count` frames of the window.

    series: an array of 4 dimensions; `axis` is that of time.
    Raises DataError when it has another number of dimensions, no voxel, or holds NaN or infinity.
    """
    series = np.asarray(series)
    if series.ndim != 4 or not series.size:
        raise DataError("the series", f"shape {series.shape}", "(x, y, z, t)", "Pass a series of volumes.")
    frames = np.moveaxis(series, axis, 0)
    mip, sums = _accumulate(iter(frames))
    return _pick(frames, mip, sums, k, count)


def _accumulate(frames: Iterator[np.ndarray]) -> tuple[np.ndarray, list]:
    """Maximum over the frames and the sum of each, in one pass; a frame is still in the cache for its sum."""
    mip, sums = None, []
    for frame in frames:
        mip = frame.copy() if mip is None else np.maximum(mip, frame, out=mip)
        sums.append(frame.sum(dtype=np.int64 if frame.dtype.kind in "iu" else np.float64))
    return mip, sums


def _pick(frames: np.ndarray, mip: np.ndarray, sums: list, k: int, count: int) -> Features:
    """frames: (T, x, y, z), of which the result copies `count`."""
    window = find_window(np.array(sums), k)
    chosen = frames[frame_numbers(window.ts, window.te, count)]
    return Features(mip, window, np.moveaxis(chosen, 0, -1))


def extract_file(path: str | Path, k: int = K, count: int = FRAMES) -> Features:
    """`extract_features` of a NIfTI series, (x, y, z, t) or (x, y, z, 1, t), in one pass as it is inflated.

    Arrays keep the file's type (float32 where the header scales). The file is held once, in its own type.
    Raises DataError when the file is missing, damaged, or no series of at least two time points.
    """
    path = Path(path)
    header = _header(path)
    # Frames lie behind one another in the file, so that (t, z, y, x) is its order in memory.
    series = np.empty(_series_shape(path, header)[::-1], header.get_data_dtype())
    try:
        mip, sums = _accumulate(_frames(path, series, int(header["vox_offset"])))
        found = _pick(series.transpose(0, 3, 2, 1), mip.T, sums, k, count)
    except DataError as error:
        raise DataError(path, error.found, error.expected, error.remedy) from error
    return _scaled(path, header, found, k)


def _header(path: Path):
    """The file's header, and no voxel."""
    if not path.is_file():
        raise DataError(path, "no such file", "a perfusion series", "Check the path.")
    return read_header(path)


def _series_shape(path: Path, header) -> tuple[int, ...]:
    """(x, y, z, t) of a file's header."""
    shape = series_shape(header.get_data_shape())
    if len(shape) != 4 or shape[3] < 2:
        found = f"shape {shape} of type {header.get_data_dtype()}"
        remedy = "Use the file of CT_4DPWI, not one of its maps or frames."
        raise DataError(path, found, "a series (x, y, z, t) of two time points or more", remedy)
    return shape


def _frames(path: Path, series: np.ndarray, offset: int) -> Iterator[np.ndarray]:
    """Fill `series` (t, z, y, x) frame by frame from the file, and hand out each frame when it is there."""
    import zlib

    from isal import igzip, isal_zlib

    opened = igzip.open if is_packed(path) else open
    remedy = "Download or copy the file again."
    try:
        with opened(path, "rb") as file:
            file.read(offset)
            for number, frame in enumerate(series):
                if file.readinto(memoryview(frame).cast("B")) < frame.nbytes:
                    raise DataError(path, f"the end in time point {number}", f"{len(series)} time points", remedy)
                yield frame
            file.read(1)  # the end of a gzip stream holds its checksum
    except (OSError, EOFError, isal_zlib.error, zlib.error) as error:
        raise DataError(path, f"a damaged file ({error})", "a complete NIfTI series", remedy) from error


def _scaled(path: Path, header, found: Features, k: int) -> Features:
    """The features of `slope * values + intercept`, which a header may ask for."""
    if not (scaling := scaling_of(header)):
        return found
    slope, intercept = scaling
    if not slope > 0:
        raise DataError(path, f"values scaled by {slope}", "a slope above 0", "Write the series without scaling.")
    window = find_window(found.window.curve * float(slope) + float(intercept) * found.mip.size, k)
    return Features(found.mip * slope + intercept, window, found.frames * slope + intercept)


def compute(case: Case, settings: Settings) -> tuple[dict[str, np.ndarray], dict]:
    """Channels "mip" and "frame0" to "frame5" of a case's series (channel "ctp"), float32 from 0 to 1; `window_facts`.

    settings: `clip`, a pair of Hounsfield units that become 0 and 1; without it each array goes from its minimum to its
    99th percentile, as the paper scales the DWI (it does not say how it scales CT). Raises DataError without a series,
    or, with `clip`, when its values cannot be Hounsfield units, such as those stored 1024 higher, of which most would
    become 1; GridError when it does not lie on the grid of the case's first image.
    """
    path = _series_of(case)
    found = extract_file(path)
    if settings.clip and (error := not_hounsfield(path, found.frames[..., 0])):
        raise error
    arrays = {"mip": found.mip} | {f"frame{i}": found.frames[..., i] for i in range(FRAMES)}
    scaled = {channel: scale(array, settings.clip) for channel, array in arrays.items()}
    return scaled, window_facts(case.id, path, found.window)


def scale(array: np.ndarray, clip: tuple[float, float] | None = None) -> np.ndarray:
    """Map `clip`, or else minimum and 99th percentile, to 0 and 1; float32, clipped to that range.

    >>> scale(np.array([0, 20, 80, 200]), (0, 80)).tolist()
    [0.0, 0.25, 1.0, 1.0]
    """
    low, high = clip or (float(array.min()), float(np.percentile(array, 99)))
    scaled = (array.astype(np.float32) - np.float32(low)) / np.float32((high - low) or 1)
    return np.clip(scaled, 0, 1, out=scaled)


def window_facts(case: str, path: Path, window: Window) -> dict:
    """What a record and Figure 3 need of a case: case, ts, te, fallback, step_s and the curve q(t) as a list.

    step_s: seconds between time points as the header of the series has them, None where it has none.
    """
    header = _header(path)
    zooms, unit = header.get_zooms(), int(header["xyzt_units"]) & TIME_UNITS
    # ISLES 2018 has neither the step nor its unit: its 1 is what a header holds that nobody filled in.
    step = None if (unit, zooms[-1]) == (0, 1) else float(zooms[-1]) * SECONDS.get(unit, 1.0)
    facts = {"case": case, "ts": window.ts, "te": window.te, "fallback": window.fallback}
    return facts | {"step_s": step or None, "curve": window.curve.tolist()}


def _series_of(case: Case) -> Path:
    """The case's series, after a look at its grid."""
    if "ctp" not in case.images:
        channels = ", ".join(case.images) or "no image"
        raise DataError(case.id, channels, "a series (channel ctp)", "Add CT_4DPWI to the case, or remove the case.")
    path, reference = case.images[SERIES], next(iter(case.images.values()))
    series, image = _header(path), _header(reference)
    shape, wanted = _series_shape(path, series)[:3], image.get_data_shape()[:3]
    gap = np.abs(affine_of(path, series) - affine_of(reference, image)).max()
    if shape != wanted or not gap <= 1e-3:
        found = f"volumes of {shape}" if shape != wanted else f"an affine that differs by {gap:.3g}"
        raise GridError(path, found, f"the grid of {reference.name}, {wanted}, and time last", "Resample the series.")
    return path

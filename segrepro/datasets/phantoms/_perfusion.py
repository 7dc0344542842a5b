"""The physics of CT perfusion: how a bolus passes through tissue, and how maps are computed from a series.

Times are in seconds, blood flow (CBF) in ml / 100 ml / min, blood volume (CBV) in ml / 100 ml. The curve of
tissue is CBF times the convolution of the arterial curve with the residue function, the share of the blood
that is still there after a time; MTT is its area and Tmax the delay at which it begins.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

FINE_S = 0.1
# Transit times stand in a table of this many steps.
TRANSITS_S = np.geomspace(0.5, 40, 96)
PER_SECOND = 1 / 6000  # ml / 100 ml / min in ml / ml / s


@dataclass(frozen=True)
class Bolus:
    """A bolus in the arteries: when it arrives, how high it peaks (HU), how it rises, falls and comes again."""

    arrival_s: float = 10.0
    peak_hu: float = 300.0
    alpha: float = 3.0
    beta_s: float = 1.6
    recirculation: float = 0.15

    def curve(self, times: np.ndarray) -> np.ndarray:
        """Enhancement in HU at `times`: a gamma variate, and a later, wider, lower one."""
        first = gamma_variate(times - self.arrival_s, self.alpha, self.beta_s)
        second = gamma_variate(times - self.arrival_s - 8 * self.beta_s, self.alpha, 2.5 * self.beta_s)
        return self.peak_hu * (first + self.recirculation * second)


def gamma_variate(times: np.ndarray, alpha: float, beta_s: float) -> np.ndarray:
    """(t / tp)^alpha * exp(alpha * (1 - t / tp)) with tp = alpha * beta; 0 before t = 0, at most 1.

    >>> gamma_variate(np.array([-1.0, 0.0, 6.0]), 3, 2).tolist()
    [0.0, 0.0, 1.0]
    """
    part = np.maximum(times, 0) / (alpha * beta_s)
    return part**alpha * np.exp(alpha * (1 - part))


@dataclass(frozen=True)
class Tissue:
    """Perfusion of n voxels, arrays (n,): CBF, MTT in s, and the delay (Tmax) in s."""

    cbf: np.ndarray
    mtt: np.ndarray
    tmax: np.ndarray

    @property
    def cbv(self) -> np.ndarray:
        """CBV = CBF * MTT (central volume theorem)."""
        return self.cbf * self.mtt / 60


def tissue_curves(tissue: Tissue, bolus: Bolus, times: np.ndarray) -> np.ndarray:
    """Enhancement in HU, float32 (T, n), for the residue function exp(-(t - tmax) / mtt) from t = tmax on."""
    fine = np.arange(0, times[-1] + FINE_S, FINE_S)
    table = _convolved(bolus.curve(fine)).astype(np.float32)
    level = np.interp(np.log(tissue.mtt), np.log(TRANSITS_S), np.arange(TRANSITS_S.size)).round().astype(int)
    flow = (tissue.cbf * PER_SECOND).astype(np.float32)
    curves = np.empty((times.size, flow.size), np.float32)
    for number, time in enumerate(times):
        place = np.clip(np.rint((time - tissue.tmax) / FINE_S).astype(int), 0, fine.size - 1)
        curves[number] = flow * table[level, place]
    return curves


def _convolved(arterial: np.ndarray) -> np.ndarray:
    """The arterial curve, on the fine grid, convolved with exp(-t / mtt): a row for each of TRANSITS_S."""
    keep = np.exp(-FINE_S / TRANSITS_S)[:, None]
    # The factor before it makes the kernel's area mtt in spite of its steps.
    kernels = TRANSITS_S[:, None] * (1 - keep) * keep ** np.arange(arterial.size)
    length = 2 * arterial.size
    return np.fft.irfft(np.fft.rfft(kernels, length) * np.fft.rfft(arterial, length), length)[:, : arterial.size]


def deconvolve(curves: np.ndarray, arterial: np.ndarray, step_s: float, threshold: float = 0.1) -> np.ndarray:
    """Flow times residue function by singular value decomposition of the block-circulant matrix (Wu 2003).

    curves: enhancement (T, n); arterial: (T,), in the same units. step_s: seconds between time points.
    Singular values below `threshold` times the largest are left out. Returns (2 T, n) in 1 / s; rows beyond T
    stand for times before 0, so that a delay of the artery against the tissue does no harm.
    The matrix's singular vectors are those of the discrete Fourier transform, whose absolute values are its
    singular values: cutting these is the truncated decomposition, without computing one.
    """
    length = 2 * len(arterial)
    spectrum = np.fft.rfft(arterial, length) * step_s
    strong = np.abs(spectrum) >= threshold * np.abs(spectrum).max()
    inverse = np.divide(1, spectrum, out=np.zeros_like(spectrum), where=strong)
    return np.fft.irfft(np.fft.rfft(curves, length, axis=0) * inverse[:, None], length, axis=0)


def perfusion_maps(
    series: np.ndarray, brain: np.ndarray, arteries: np.ndarray, step_s: float, smooth: float = 0.0
) -> dict[str, np.ndarray]:
    """CBF, CBV, MTT and Tmax of a series, as a scanner's software computes them: float32, 0 outside the brain.

    series: HU, (x, y, z, T). brain, arteries: masks (x, y, z); the arterial curve is the mean over its voxels.
    The time points before the artery brightens are the baseline, whose mean is taken off every curve: maps
    show what the contrast agent does, and nothing of the tissue's own brightness.
    smooth: standard deviation in voxels, in plane, of the smoothing of the series before all else.
    """
    arterial = series[arteries].mean(axis=0, dtype=np.float64)
    before = _baseline_length(arterial)
    arterial = arterial - arterial[:before].mean()
    frames = (series[..., t].astype(np.float32) for t in range(series.shape[-1]))
    curves = np.stack([gaussian_filter(frame, (smooth, smooth, 0))[brain] for frame in frames])
    curves -= curves[:before].mean(axis=0)
    return {name: _filled(brain, values) for name, values in _measures(curves, arterial, step_s).items()}


def _baseline_length(arterial: np.ndarray) -> int:
    low, high = np.median(arterial[:4]), arterial.max()
    return max(1, int(np.argmax(arterial > low + 0.1 * (high - low))) - 1)


def _measures(curves: np.ndarray, arterial: np.ndarray, step_s: float) -> dict[str, np.ndarray]:
    """The four values of each column of `curves`, (T, n)."""
    flow = deconvolve(curves, arterial, step_s)
    top = flow.argmax(axis=0)
    cbf = np.maximum(flow.max(axis=0), 1e-9)
    cbv = np.clip(curves.sum(axis=0) / arterial.sum(), 0, 1)
    tmax = np.where(top < len(arterial), top, 0) * step_s
    return {"CBF": cbf / PER_SECOND, "CBV": 100 * cbv, "MTT": np.minimum(cbv / cbf, 30), "Tmax": tmax}


def _filled(mask: np.ndarray, values: np.ndarray) -> np.ndarray:
    volume = np.zeros(mask.shape, np.float32)
    volume[mask] = values
    return volume

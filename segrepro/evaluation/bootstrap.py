"""Bootstrap over patients: the interval of a mean of one training."""

import numpy as np

RESAMPLES = 9999
NOISE = 12  # decimals: means that differ by less are equal


def per_patient(values: np.ndarray, patients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the values and number of cases of each patient, in the order of their first case."""
    _, first, inverse = np.unique(patients, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))[inverse]
    return np.bincount(order, weights=values), np.bincount(order).astype(float)


def bca_interval(
    sums: np.ndarray, counts: np.ndarray, seed: int = 0, resamples: int = RESAMPLES, level: float = 0.95
) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap interval (Efron 1987) of sum(sums) / sum(counts).

    sums, counts: per patient, the sum of the values and how many there are; patients are drawn with
    replacement. With one case a patient this is the interval of the mean as scipy.stats.bootstrap gives it
    for the same seed. All means equal: both ends are that mean.

    >>> low, high = bca_interval(np.arange(20.0), np.ones(20))
    >>> low < 9.5 < high
    True
    """
    from scipy.special import ndtr, ndtri

    n = sums.size
    mean = sums.sum() / counts.sum()
    chosen = np.random.default_rng(seed).integers(0, n, (resamples, n))
    means = sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
    if np.ptp(means) <= 10.0**-NOISE * max(1, abs(mean)):
        return float(mean), float(mean)
    below = ((means < mean).sum() + (means <= mean).sum()) / (2 * resamples)
    bias = ndtri(below)
    without = (sums.sum() - sums) / (counts.sum() - counts)
    apart = without.mean() - without
    acceleration = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    z = bias + ndtri([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(means, ndtr(bias + z / (1 - acceleration * z)))
    return float(low), float(high)


def expanded_level(n: int, level: float = 0.95) -> float:
    """The level at which a bootstrap interval of n patients covers the mean with probability `level`.

    Resampled means vary by a factor n / (n - 1) too little, and their percentiles are those of a normal where
    Student's t is due. This level undoes both (Hesterberg 2015); it matters below 100 patients.

    >>> round(expanded_level(20), 3), round(expanded_level(1000), 3)
    (0.968, 0.95)
    """
    from scipy.special import ndtr, stdtrit

    return min(float(1 - 2 * ndtr(-np.sqrt(n / (n - 1)) * stdtrit(n - 1, (1 + level) / 2))), 1 - 1e-9)

"""Bootstrap over patients: the interval of a mean of one training."""

from functools import lru_cache

import numpy as np

RESAMPLES = 9999
NUMBERS_AT_ONCE = 1 << 17  # they stay in the cache
# Fewer patients are summed one by one, as scipy does: where a resample has the sample's own mean a last bit counts.
MANY = 256
NOISE = 12  # decimals: means that differ by less are equal


def per_patient(values: np.ndarray, patients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the values and number of cases of each patient, in the order of their first case."""
    _, first, inverse = np.unique(patients, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))[inverse]
    return np.bincount(order, weights=values), np.bincount(order).astype(float)


def resampled_means(sums: np.ndarray, counts: np.ndarray, seed: int, resamples: int = RESAMPLES) -> np.ndarray:
    """The mean over the cases of patients drawn with replacement, (resamples,).

    sums, counts: of each patient's cases. The same patients are drawn for all measures of as many patients.
    """
    n = sums.size
    if n < MANY:
        chosen = np.random.default_rng(seed).integers(0, n, (resamples, n))
        return sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
    return means_of_draws(_same_draws(n, seed, resamples), sums, counts)


def means_of_draws(drawn: np.ndarray, sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The mean over the cases of each resample; drawn: how often each patient was drawn, (resamples, patients).

    >>> means_of_draws(np.array([[2, 0], [1, 1]]), np.array([1.0, 2.0]), np.ones(2)).tolist()
    [1.0, 1.5]
    """
    totals, both = np.empty((len(drawn), 2)), np.stack([sums, counts], axis=1)
    step = max(1, NUMBERS_AT_ONCE // sums.size)
    for start in range(0, len(drawn), step):
        np.matmul(drawn[start : start + step].astype(float), both, out=totals[start : start + step])
    return totals[:, 0] / totals[:, 1]


def draw_patients(rng: np.random.Generator, n: int, resamples: int) -> np.ndarray:
    """How often each of n patients is drawn with replacement, (resamples, n)."""
    # Nobody is drawn 256 times: below 256 patients nobody can be, and from there on 10^-500 is the chance of it.
    drawn = np.empty((resamples, n), np.uint8)
    step = max(1, NUMBERS_AT_ONCE // n)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        chosen = rng.integers(0, n, (rows, n)) + np.arange(rows)[:, None] * n
        drawn[start : start + rows] = np.bincount(chosen.ravel(), minlength=rows * n).reshape(rows, n)
    return drawn


@lru_cache(maxsize=2)  # tables alternate between all patients and those with a defined value
def _same_draws(n: int, seed: int, resamples: int) -> np.ndarray:
    return draw_patients(np.random.default_rng(seed), n, resamples)


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

    mean = sums.sum() / counts.sum()
    means = resampled_means(sums, counts, seed, resamples)
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

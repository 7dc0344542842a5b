"""Intervals by resampling patients, against scipy and in simulations."""

import numpy as np
import pytest
from scipy import stats

from segrepro.evaluation.bootstrap import bca_interval, expanded_level, per_patient, resampled_means
from tests.evaluation.clustered import clustered


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [5, 12, 60])
def test_interval_equals_scipys_bca(seed, n):
    values = np.random.default_rng(100 + seed).gamma(1.5, size=n)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=999, method="BCa", rng=np.random.default_rng(seed)
    ).confidence_interval
    assert bca_interval(values, np.ones(n), seed, 999) == pytest.approx(tuple(expected), rel=1e-10)


def covering_interval(sums, counts, seed):
    """The interval of `summarise`, from fewer resamples."""
    return bca_interval(sums, counts, seed, 999, expanded_level(sums.size))


@pytest.mark.parametrize("n", [15, 60])
def test_interval_covers_the_mean_in_95_of_100_draws(n):
    rng = np.random.default_rng(7)
    draws = rng.normal(0.6, 0.2, (1000, n))
    ends = np.array([covering_interval(d, np.ones(n), seed) for seed, d in enumerate(draws)])
    covered = np.mean((ends[:, 0] <= 0.6) & (ends[:, 1] >= 0.6))
    assert 0.93 <= covered <= 0.97


def test_interval_over_patients_covers_where_one_over_cases_does_not():
    rng = np.random.default_rng(11)
    covered = np.zeros(2)
    for seed in range(1000):
        values, patients = clustered(rng)
        by_patient = covering_interval(*per_patient(values, patients), seed)
        half = 1.96 * values.std(ddof=1) / np.sqrt(values.size)
        by_case = values.mean() - half, values.mean() + half
        covered += [low <= 0.5 <= high for low, high in (by_patient, by_case)]
    assert 0.93 <= covered[0] / 1000 <= 0.97
    assert covered[1] / 1000 < 0.75


def test_many_patients_are_drawn_as_few_are_and_all_measures_share_the_draws():
    rng = np.random.default_rng(3)
    for n in (256, 1001):
        sums, counts = rng.random(n), rng.integers(1, 4, n).astype(float)
        chosen = np.random.default_rng(5).integers(0, n, (999, n))
        expected = sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
        np.testing.assert_allclose(resampled_means(sums, counts, 5, 999), expected, rtol=1e-14)

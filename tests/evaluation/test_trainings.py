"""Differences over patients and seeds: the printed test vector, the limits, pooled variance, coverage."""

import numpy as np
import pytest
from scipy import stats

from segrepro.evaluation.trainings import by_patient, contrast, pooled_seed_variance


def two_methods(rng, patients=40, seeds=3, truth=0.03):
    """Scores of two methods of known difference: seed sd 0.02, residual 0.05."""
    base = rng.normal(0, 0.2, patients)
    first, second = (
        base
        + rng.normal(0, 0.02, (seeds, 1))
        + rng.normal(0, 0.1 / np.sqrt(2), patients)
        + rng.normal(0, 0.05, (seeds, patients))
        for _ in range(2)
    )
    return first, second + truth


def test_the_difference_of_docs_comparison_to_the_printed_digit():
    found = contrast(two_methods(np.random.default_rng(7)), (-1, 1))
    low, high = found.interval()
    assert round(found.value, 6) == 0.043586
    assert (round(low, 6), round(high, 6)) == (0.001188, 0.085983)
    assert (round(found.p, 6), round(found.degrees, 3)) == (0.044457, 20.457)
    # What a test over patients alone says of the same scores.
    assert round(stats.wilcoxon(found.by_patient).pvalue, 4) == 0.0083


def test_equal_seeds_give_the_paired_t_interval():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.5, 0.2, 30), rng.normal(0.6, 0.2, 30)
    found = contrast([np.tile(a, (4, 1)), np.tile(b, (4, 1))], (-1, 1))
    paired = stats.ttest_rel(b, a)
    assert found.degrees == pytest.approx(29)
    assert found.p == pytest.approx(paired.pvalue)
    assert found.interval() == pytest.approx(tuple(paired.confidence_interval()))


def test_many_patients_give_welchs_t_over_seeds():
    rng = np.random.default_rng(2)
    by_seed = [rng.normal(0.5, 0.02, (3, 1)), rng.normal(0.55, 0.05, (4, 1))]
    found = contrast([np.tile(means, (1, 100_000)) for means in by_seed], (-1, 1))
    welch = stats.ttest_ind(by_seed[1][:, 0], by_seed[0][:, 0], equal_var=False)
    assert found.p == pytest.approx(welch.pvalue)
    assert found.degrees == pytest.approx(welch.df)


def test_one_seed_speaks_of_patients_only():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.5, 0.2, (1, 20)), rng.normal(0.6, 0.2, (1, 20))
    found = contrast([a, b], (-1, 1))
    assert found.seeds == 1
    assert found.seed_variance == 0
    assert found.p == pytest.approx(stats.ttest_rel(b[0], a[0]).pvalue)


def test_under_six_patients_there_is_no_interval_and_no_p():
    scores = np.random.default_rng(0).random((2, 3, 5))
    found = contrast(list(scores), (-1, 1))
    assert np.isnan([*found.interval(), found.p]).all()
    assert found.value == pytest.approx((scores[1] - scores[0]).mean())


def test_a_patient_undefined_in_one_method_is_left_out():
    rng = np.random.default_rng(4)
    a, b = rng.random((2, 12)), rng.random((2, 12))
    b[1, 3] = np.nan
    found, without = contrast([a, b], (-1, 1)), contrast([np.delete(a, 3, 1), np.delete(b, 3, 1)], (-1, 1))
    assert found.patients == 11
    assert found.interval() == pytest.approx(without.interval())


def test_equal_scores_differ_by_nothing():
    same = np.random.default_rng(5).random((2, 10))
    found = contrast([same[:1], same[:1].copy()], (-1, 1))
    assert (found.value, found.t, found.p) == (0, 0, 1)
    assert contrast([same[:1], same[:1] + 0.1], (-1, 1)).p == 0


def test_an_interaction_counts_every_method_once():
    rng = np.random.default_rng(6)
    methods = [rng.random((3, 20)) for _ in range(4)]
    found = contrast(methods, (-1, 1, 1, -1))
    seeds = sum(m.mean(axis=1).var(ddof=1) / 3 for m in methods)
    assert found.seed_variance == pytest.approx(seeds)
    assert found.value == pytest.approx((methods[1] - methods[0] + methods[2] - methods[3]).mean())


def test_pooled_variance_serves_every_row_but_one_that_is_not_trained():
    rng = np.random.default_rng(7)
    trained = [rng.normal(0, 1, (3, 50)) for _ in range(4)]
    threshold = np.tile(rng.normal(0, 1, 50), (3, 1))
    pooled = pooled_seed_variance([*trained, threshold])
    assert pooled.degrees == 8
    assert pooled.variance == pytest.approx(np.mean([t.mean(axis=1).var(ddof=1) for t in trained]))
    assert contrast(trained[:2], (-1, 1), pooled).seed_variance == pytest.approx(2 * pooled.variance / 3)
    assert contrast([trained[0], threshold], (-1, 1), pooled).seed_variance == pytest.approx(pooled.variance / 3)
    assert pooled_seed_variance([t[:1] for t in trained]) is None


def test_patients_with_more_cases_weigh_more_as_in_the_mean_over_cases():
    rng = np.random.default_rng(8)
    values, patients = rng.random((2, 30)), rng.integers(0, 7, 30)
    found = by_patient(values, patients)
    assert found.mean(axis=1) == pytest.approx(values.mean(axis=1))
    even = by_patient(values, np.arange(30) // 3)
    assert even == pytest.approx(values.reshape(2, 10, 3).mean(axis=2))


def test_a_patient_without_a_defined_case_is_undefined():
    values = np.array([[0.1, np.nan, 0.3, 0.4], [0.2, 0.5, 0.3, 0.4]])
    found = by_patient(values, np.array(["a", "b", "c", "c"]))
    assert np.isnan(found[:, 1]).all()
    assert np.nanmean(found, axis=1) == pytest.approx([0.8 / 3, 0.9 / 3])


@pytest.mark.parametrize("seeds", [1, 2, 3, 5])
@pytest.mark.parametrize("patients", [6, 12, 23, 60, 229, 680])
def test_intervals_cover_the_truth_in_93_percent_at_least(patients, seeds):
    """Seed sd 0.01, paired sd 0.10, residual 0.08; four rows share their seeds' variance. At few patients the residual,
    which is counted with patients and with seeds, makes intervals cover more than they say, never less."""
    rng = np.random.default_rng(patients * 10 + seeds)
    runs, covered = 400, 0
    for _ in range(runs):
        rows = rng.normal(0, 0.1 / np.sqrt(2), (4, 1, patients)) + rng.normal(0, 0.08, (4, seeds, patients))
        rows += rng.normal(0, 0.01, (4, seeds, 1)) * (seeds > 1)
        low, high = contrast(list(rows[:2]), (-1, 1), pooled_seed_variance(list(rows))).interval()
        covered += low < 0 < high
    assert covered / runs > 0.925
    if seeds == 1 or patients >= 229:
        assert covered / runs < 0.98

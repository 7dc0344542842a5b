"""Families of contrasts: star and interval agree, few patients, claims of all, margins, the best; error rates."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
from scipy import stats

from segrepro.evaluation import contrasts
from segrepro.evaluation.contrasts import all_better, judge_family, none_beyond, not_shown_worse
from segrepro.evaluation.trainings import contrast, pooled_seed_variance


def rows(rng, count, patients, seeds=1, seed_sd=0.01):
    """Scores of methods that do not differ: paired sd 0.10, residual 0.08."""
    found = rng.normal(0, 0.1 / np.sqrt(2), (count, 1, patients)) + rng.normal(0, 0.08, (count, seeds, patients))
    return found + rng.normal(0, seed_sd, (count, seeds, 1)) * (seeds > 1)


def against_first(scores, pooled=None):
    return [contrast([scores[0], other], (-1, 1), pooled) for other in scores[1:]]


@pytest.mark.parametrize("patients", [6, 7, 8, 12, 40])
@pytest.mark.parametrize("seeds", [1, 3])
def test_star_and_interval_never_contradict(patients, seeds):
    rng = np.random.default_rng(patients)
    shown = 0
    for _ in range(30):
        scores = rows(rng, 4, patients, seeds) + np.linspace(0, 0.25, 4)[:, None, None]
        for one in judge_family(against_first(list(scores), pooled_seed_variance(list(scores)))):
            assert one.shown == (not one.low <= 0 <= one.high)
            shown += one.shown
    assert shown


def test_one_contrast_of_many_patients_has_about_students_t():
    differences = np.random.default_rng(0).normal(0.02, 0.1, 60)
    [found] = judge_family([contrast([np.zeros((1, 60)), differences[None]], (-1, 1))])
    exact = stats.ttest_1samp(differences, 0)
    assert found.p == pytest.approx(exact.pvalue, abs=0.01)
    assert (found.low, found.high) == pytest.approx(tuple(exact.confidence_interval()), abs=0.002)


def test_all_signs_are_tried_with_few_patients():
    """Eight equal signs of 128 drawings up to the opposite: p is exactly one of them."""
    differences = np.array([[1.0, 2, 3, 4, 5, 6, 7, 8]])
    [found] = judge_family([contrast([np.zeros((1, 8)), differences], (-1, 1))])
    assert found.p == 1 / 128


def test_under_eight_patients_students_t_with_bonferroni():
    rng = np.random.default_rng(1)
    scores = [rng.normal(0, 0.1, (1, 7)) for _ in range(3)]
    for one, other in zip(judge_family(against_first(scores)), scores[1:]):
        paired = stats.ttest_rel(other[0], scores[0][0])
        assert one.p == pytest.approx(min(1, 2 * paired.pvalue))
        assert (one.low, one.high) == pytest.approx(tuple(paired.confidence_interval(0.975)))


def test_under_six_patients_nothing_is_said():
    [found] = judge_family([contrast([np.zeros((2, 5)), np.ones((2, 5)) + np.eye(2, 5)], (-1, 1))])
    assert np.isnan([found.low, found.high, found.p]).all()
    assert not found.shown


def test_a_family_asks_more_of_each_of_its_contrasts():
    rng = np.random.default_rng(2)
    scores = rows(rng, 13, 10)
    alone = judge_family(against_first(list(scores[:2])))[0]
    among_twelve = judge_family(against_first(list(scores)))[0]
    assert among_twelve.p > alone.p
    assert among_twelve.high - among_twelve.low > 1.2 * (alone.high - alone.low)


def test_contrasts_over_other_patients_share_the_signs_of_those_they_have_in_common():
    rng = np.random.default_rng(3)
    differences = rng.normal(0.3, 1, (1, 20))
    second_half = np.where(np.arange(20) < 10, np.nan, differences)
    family = [contrast([np.zeros((1, 20)), values], (-1, 1)) for values in (differences, second_half)]
    found = judge_family(family)
    assert family[1].whose.tolist() == list(range(10, 20))
    assert found[1].p >= judge_family([contrast([np.zeros((1, 10)), differences[:, 10:]], (-1, 1))])[0].p


def test_ties_in_a_third_of_the_patients():
    differences = np.concatenate([np.zeros(14), np.random.default_rng(4).normal(0, 0.1, 26)])
    [found] = judge_family([contrast([np.zeros((1, 40)), differences[None]], (-1, 1))])
    assert found.p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.03)
    [none] = judge_family([contrast([np.zeros((1, 40)), np.zeros((1, 40))], (-1, 1))])
    assert (none.p, none.low, none.high) == (1, 0, 0)


def test_a_claim_of_all_needs_every_one():
    rng = np.random.default_rng(5)
    base = rng.normal(0.5, 0.2, 30)
    better, equal = (base + gain + rng.normal(0, 0.05, (1, 30)) for gain in (0.1, 0.0))
    others = [base[None] + rng.normal(0, 0.05, (1, 30)) for _ in range(6)]
    assert all_better([contrast([other, better], (-1, 1)) for other in others])
    assert not all_better([contrast([other, one], (-1, 1)) for one in (better, equal) for other in others])
    assert not all_better([])


def test_within_a_margin_by_two_one_sided_tests():
    """SOOP, X-Net minus U-Net of one seed: within 0.03 and 0.02, not within 0.01."""
    rng = np.random.default_rng(6)
    differences = rng.normal(0, 0.178, 680)
    differences += 0.0065 - differences.mean()
    found = [contrast([np.zeros((1, 680)), differences[None]], (-1, 1))]
    assert [none_beyond(found, [margin]) for margin in (0.01, 0.02, 0.03)] == [False, True, True]


def test_methods_that_may_be_the_best():
    rng = np.random.default_rng(7)
    base = rng.normal(0.5, 0.2, 50)
    scores = {
        name: base + mean + rng.normal(0, 0.05, (1, 50)) for name, mean in {"a": 0.1, "b": 0.1, "c": -0.1}.items()
    }
    assert not_shown_worse(scores) == ["a", "b"]
    assert not_shown_worse({name: -values for name, values in scores.items()}, higher_is_better=False) == ["a", "b"]
    assert not_shown_worse({name: values[:, :4] for name, values in scores.items()}) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("seeds", "least", "most"), [(1, 0.03, 0.07), (2, 0.01, 0.06), (3, 0.01, 0.06), (5, 0.01, 0.06)]
)
def test_a_family_without_any_difference_errs_in_5_percent(seeds, least, most, monkeypatch):
    """Four methods against one, 6 to 680 patients. Over 1000 runs a size, patients alone erred in 4.3 to 6.0 %, two
    seeds in 1.5 to 7.3 %, three in 2.0 to 6.5 %, five in 2.4 to 4.8 %: the residual is counted twice, on the safe side.
    """
    monkeypatch.setattr("segrepro.evaluation.contrasts.FLIPS", 600)
    erred = runs = 0
    for patients, count in {6: 200, 12: 200, 23: 200, 60: 200, 229: 100, 680: 60}.items():
        rng = np.random.default_rng(patients * 10 + seeds)
        for run in range(count):
            scores = list(rows(rng, 5, patients, seeds))
            pooled = pooled_seed_variance(scores)
            erred += any(one.shown for one in judge_family(against_first(scores, pooled), seed=run))
            runs += 1
    assert least < erred / runs < most


def test_signs_of_many_patients_are_taken_in_parts(monkeypatch):
    family = against_first(rows(np.random.default_rng(0), 3, 6000))
    contrasts._signs.cache_clear()
    tracemalloc.start()
    found = judge_family(family)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 350e6  # as floats the signs alone are 480 MB
    monkeypatch.setattr(contrasts, "AT_ONCE", 10**9)
    for part, whole in zip(found, judge_family(family), strict=True):
        assert (part.p, part.low) == pytest.approx((whole.p, whole.low), rel=1e-9)
    contrasts._signs.cache_clear()


def test_few_and_many_patients_in_one_family_share_its_5_percent():
    """Seven patients by Bonferroni's t, ten by all 2^9 signs, here drawn by hand; of two contrasts each has 2.5 %."""
    rng = np.random.default_rng(8)
    many, few = rng.normal(0.08, 0.1, 10), rng.normal(0.1, 0.1, 7)
    few = np.append(few, [np.nan] * 3)
    family = [contrast([np.zeros((1, 10)), values[None]], (-1, 1)) for values in (many, few)]
    by_flips, by_t = judge_family(family)
    signs = np.array(list(product([1], *[[1, -1]] * 9)))
    drawn = np.array([abs(stats.ttest_1samp(many * one, 0).statistic) for one in signs])
    observed = abs(stats.ttest_1samp(many, 0).statistic)
    assert by_flips.p == pytest.approx(2 * np.mean(drawn >= observed - 1e-9))
    critical = np.sort(drawn)[-13]  # the 13th largest of 512 is reached by 2.54 %, the 12th by 2.34 %
    error = stats.sem(many)
    assert (by_flips.low, by_flips.high) == pytest.approx(
        (many.mean() - critical * error, many.mean() + critical * error)
    )
    assert by_t.p == pytest.approx(2 * stats.ttest_1samp(few[:7], 0).pvalue)


def test_a_family_of_few_and_many_patients_errs_in_5_percent(monkeypatch):
    """Three contrasts over 7 patients and three over 12, all others': 5.2 %; with the whole 5 % for each part 7.4 %."""
    monkeypatch.setattr("segrepro.evaluation.contrasts.FLIPS", 600)
    erred, runs = 0, 1000
    for run in range(runs):
        rng = np.random.default_rng(run)
        wide = np.full((6, 57), np.nan)
        for row, start in enumerate((0, 7, 14, 21, 33, 45)):
            wide[row, start : start + (7 if row < 3 else 12)] = rng.normal(0, 1, 7 if row < 3 else 12)
        family = [contrast([np.zeros((1, 57)), row[None]], (-1, 1)) for row in wide]
        erred += any(one.shown for one in judge_family(family))
    assert 0.03 < erred / runs < 0.06

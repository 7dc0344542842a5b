"""Intervals and tests against scipy and on simulated data with known answers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segrepro.evaluation.bootstrap import expanded_level
from segrepro.evaluation.statistics import compare_methods, summarise
from segrepro.evaluation.trainings import contrast
from segrepro.utils.errors import MetricError
from tests.evaluation.clustered import clustered
from tests.raised import raised


def test_summary_has_that_interval_at_the_expanded_level():
    values = np.random.default_rng(1).gamma(1.5, size=25)
    expected = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=9999,
        confidence_level=expanded_level(25),
        rng=np.random.default_rng(3),
    ).confidence_interval
    summary = summarise(values, seed=3)
    assert (summary.low, summary.high) == pytest.approx(tuple(expected), rel=1e-10)


def test_summary_of_known_values():
    values = [0.2, 0.4, 0.6, np.nan, 0.8]
    summary = summarise(values, replacement=[9, 9, 9, 3, 9])
    assert summary.mean == pytest.approx(0.5)
    assert summary.std == pytest.approx(np.std([0.2, 0.4, 0.6, 0.8], ddof=1))
    assert (summary.n, summary.n_undefined) == (4, 1)
    assert summary.mean_with_replacement == pytest.approx(1.0)
    assert (np.isnan(summary.low), summary.note) == (True, "only 4 patients: no interval")


def test_summary_says_what_is_undefined_instead_of_dropping_it():
    assert np.isnan(summarise([1.0, np.nan]).mean_with_replacement)
    nothing = summarise([np.nan, np.nan], replacement=5)
    assert (nothing.n, nothing.n_undefined, nothing.mean_with_replacement) == (0, 2, 5)
    assert nothing.note == "no defined value"


def test_summary_is_seeded_and_independent_of_patient_names():
    rng = np.random.default_rng(0)
    values, patients = clustered(rng, 20, 3)
    names = np.array([f"p{9 - k % 10}{k}" for k in range(20)])[patients]
    assert summarise(values, patients, 1) == summarise(values, names, 1)
    assert summarise(values, patients, 1) != summarise(values, patients, 2)


def test_the_mean_of_six_patients_has_students_interval():
    values = np.random.default_rng(6).random(6)
    summary = summarise(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    assert (summary.low, summary.high) == pytest.approx(tuple(expected))


def test_a_summary_over_seeds():
    values = np.random.default_rng(7).random((3, 12))
    summary = summarise(values)
    assert (summary.mean, summary.seeds) == (pytest.approx(values.mean()), 3)
    assert summary.std == pytest.approx(values.mean(axis=0).std(ddof=1))
    assert summary.seed_sd == pytest.approx(values.mean(axis=1).std(ddof=1))
    assert (summary.low, summary.high) == pytest.approx(contrast([values], (1.0,)).interval())
    values[1, 3] = np.nan
    assert (summarise(values).n, summarise(values).n_undefined) == (11, 1)


def test_summary_of_few_or_equal_values():
    one = summarise([0.5, 0.7], ["a", "a"])
    assert np.isnan(one.low)
    assert "1 patient" in one.note
    same = summarise([0.1] * 12)
    assert (same.low, same.high, same.note) == (pytest.approx(0.1), pytest.approx(0.1), "")
    assert summarise([1.0, np.inf]).note == "infinite values: no interval"


@pytest.mark.parametrize(("values", "patients"), [([], None), ([[[1.0]]], None), ([1.0, 2.0], ["a"])])
def test_wrong_lengths_are_refused(values, patients):
    with pytest.raises(MetricError):
        summarise(values, patients)


def frame(dice, **columns):
    n = len(dice)
    return pd.DataFrame(
        {"experiment": "x", "fold": 0, "case": [f"c{k}" for k in range(n)], "patient": range(n), "dice": dice} | columns
    )


def test_a_comparison_is_judged_among_all_of_the_table():
    rng = np.random.default_rng(2)
    own = frame(rng.uniform(0.5, 0.7, 30), iou=rng.uniform(0.3, 0.5, 30), recall=rng.uniform(0, 1, 30))
    worse = own.assign(dice=own.dice - rng.uniform(0.02, 0.1, 30))
    same = own.assign(dice=own.dice + rng.normal(0, 0.02, 30)).sample(frac=1, random_state=0)
    results = compare_methods({"own": own, "worse": worse, "same": same}, "own")
    assert [(r.other, r.metric) for r in results] == [
        (other, metric) for other in ("worse", "same") for metric in ("dice", "iou", "recall")
    ]
    assert [r.mark for r in results] == ["†", "", "", "", "", ""]
    assert [np.isnan(r.p) for r in results] == [False, True, False] * 2
    alone = compare_methods({"own": own, "same": same}, "own", ["dice"])
    assert results[3].p > alone[0].p
    assert results[0].high < 0
    assert results[0].difference == pytest.approx((worse.dice - own.dice).mean())
    assert results[3].difference == pytest.approx((same.sort_index().dice - own.dice).mean())


def test_a_star_needs_both_methods_trained_twice():
    rng = np.random.default_rng(3)
    twice = pd.concat([frame(rng.uniform(0.5, 0.7, 12), seed=seed) for seed in (0, 1)])
    worse = twice.assign(dice=twice.dice - 0.3)
    assert [r.mark for r in compare_methods({"own": twice, "other": worse}, "own")] == ["*"]
    assert [r.mark for r in compare_methods({"own": twice, "other": worse[worse.seed == 0]}, "own")] == ["†"]


def test_comparison_tests_patients_not_cases():
    rng = np.random.default_rng(4)
    own, patients = clustered(rng, 7, 20)
    other = own + np.repeat(rng.normal(0, 0.1, 7), 20)
    frames = [frame(v).assign(patient=patients) for v in (own, other)]
    [result] = compare_methods(dict(zip(("own", "other"), frames)), "own")
    means = (other - own).reshape(7, 20).mean(axis=1)
    assert result.p == pytest.approx(stats.ttest_1samp(means, 0).pvalue)


def test_comparison_by_label_and_with_undefined_values():
    own = frame([0.5, 0.6, 0.7, 0.8] * 2, label=["1"] * 4 + ["2"] * 4).assign(
        case=list("abcd") * 2, patient=[0, 1, 2, 3] * 2
    )
    other = own.assign(dice=[0.4, np.nan, 0.6, 0.7] * 2)
    results = compare_methods({"own": own, "other": other}, "own")
    assert [r.label for r in results] == ["1", "2"]
    assert [(r.n, r.n_undefined) for r in results] == [(3, 1)] * 2
    assert results[0].note == "only 3 patients: no test"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f[:-1], "1 case in one of both only"),
        (lambda f: pd.concat([f, f]), "occurs twice"),
        (lambda f: f.drop(columns="patient"), "no column 'patient'"),
    ],
)
def test_frames_that_cannot_be_compared_are_refused(change, words):
    own = frame([0.5, 0.6, 0.7])
    with raised(MetricError, found=words):
        compare_methods({"own": own, "other": change(own)}, "own")
    with raised(MetricError, remedy="Did you mean own"):
        compare_methods({"own": own, "other": own}, "owm")

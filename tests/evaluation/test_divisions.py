"""Contrasts over several divisions: equal to known formulas where they apply, and safe without a true difference."""

import numpy as np
import pandas as pd
import pytest

from segrepro.evaluation.divisions import by_patient_and_division, contrast_over_divisions
from segrepro.evaluation.scored_methods import scored_methods
from segrepro.evaluation.statistics import compare_methods, summarise
from segrepro.utils.errors import MetricError


def divided(rng, patients, tested, divisions):
    return np.array([rng.permutation(patients) < tested for _ in range(divisions)])


def test_the_value_and_both_variances_by_hand():
    a = np.array([[0.2, 0.4, np.nan], [np.nan, 0.6, 0.8]])
    found = contrast_over_divisions([a], (1.0,))
    # Patients: 0.2, 0.5, 0.8; divisions: 0.3, 0.7.
    assert found.by_patient.tolist() == pytest.approx([0.2, 0.5, 0.8])
    assert (found.value, found.patients, found.seeds) == (pytest.approx(0.5), 3, 2)
    assert (found.patient_variance, found.seed_variance) == (pytest.approx(0.09 / 3), pytest.approx(0.08 / 2))


def test_a_division_without_a_defined_patient_says_nothing():
    assert np.isnan(contrast_over_divisions([np.array([[0.2, 0.4], [np.nan, np.nan]])], (1.0,)).value)


def test_cases_of_a_patient_are_averaged_in_each_division():
    values = np.array([[0.2, 0.4, np.nan], [np.nan, np.nan, 0.9]])
    found = by_patient_and_division(values, np.array(["a", "a", "b"]))
    assert np.nan_to_num(found, nan=-1).tolist() == [pytest.approx([0.3, -1]), pytest.approx([-1, 0.9])]


@pytest.mark.parametrize(("patients", "tested", "divisions"), [(94, 23, 5), (94, 23, 3), (41, 12, 5), (23, 6, 5)])
def test_without_a_true_difference_few_are_shown(patients, tested, divisions):
    """Seeds move a mean by 0.02, patients a difference by 0.1: of 400 pairs at most 6 % may be shown."""
    rng = np.random.default_rng(3)
    shown, covered = 0, 0
    for _ in range(400):
        held_out = divided(rng, patients, tested, divisions)
        base, difference = rng.normal(0.6, 0.2, patients), rng.normal(0, 0.1, patients)
        methods = [
            np.where(
                held_out,
                base
                + sign * difference / 2
                + rng.normal(0, 0.02, (divisions, 1))
                + rng.normal(0, 0.05, held_out.shape),
                np.nan,
            )
            for sign in (-1, 1)
        ]
        low, high = contrast_over_divisions(methods, (-1.0, 1.0)).interval()
        shown += not low < 0 < high
        covered += low < 0 < high
    assert shown / 400 <= 0.06
    assert covered / 400 >= 0.94


def frame(gap, seeds=3, patients=20, tested=8, shift=0):
    rows = []
    for seed in range(seeds):
        chosen = np.random.default_rng(seed + shift).permutation(patients)[:tested]
        noise = np.random.default_rng([seed, int(gap * 100)]).normal(0, 0.01, tested)
        rows += [
            {"case": f"c{p}", "patient": f"c{p}", "seed": seed, "division": seed, "dice": 0.5 + p / 100 + gap + one}
            for p, one in zip(chosen, noise)
        ]
    return pd.DataFrame(rows)


def test_score_frames_of_divisions_are_compared_and_summarised():
    frames = {"own": frame(0.0), "other": frame(0.1)}
    scores = scored_methods(frames, "dice")
    assert scores.held_out.sum(axis=1).tolist() == [8, 8, 8]
    assert scores.seed_variance() is None
    [found] = compare_methods(frames, "own")
    assert (found.mark, found.seeds, found.n_undefined) == ("*", 3, 0)
    assert found.difference == pytest.approx(0.1, abs=0.01)
    assert found.n == len(set(frames["own"]["case"]))
    summary = summarise(scores.values["own"], scores.patients, held_out=scores.held_out)
    assert summary.low < summary.mean < summary.high
    assert (summary.n, summary.seeds) == (found.n, 3)


def test_methods_of_other_divisions_are_not_compared():
    with pytest.raises(MetricError, match="division|cases"):
        compare_methods({"own": frame(0.0), "other": frame(0.1, shift=7)}, "own")


def test_other_cases_from_another_seed_of_one_division_are_refused():
    with pytest.raises(MetricError, match="cases"):
        scored_methods({"own": frame(0.0).drop(columns="division")}, "dice")

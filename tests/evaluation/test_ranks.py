"""Rank intervals: firm where methods are far apart, wide where they are not."""

import numpy as np
import pytest
from scipy import stats

from segrepro.evaluation.ranks import _mean_tau, rank_methods


def scores(means, patients=60, seeds=3, seed_sd=0.0):
    rng = np.random.default_rng(0)
    base = rng.normal(0.5, 0.2, patients)
    return {
        name: base + mean + rng.normal(0, 0.05, (seeds, patients)) + rng.normal(0, seed_sd, (seeds, 1))
        for name, mean in means.items()
    }


def test_methods_far_apart_keep_their_places():
    found = rank_methods(scores({"worst": -0.2, "best": 0.2, "middle": 0.0}))
    assert [(one.name, one.rank, one.low, one.high) for one in found.ranks] == [
        ("best", 1, 1, 1),
        ("middle", 2, 2, 2),
        ("worst", 3, 3, 3),
    ]
    assert found.tau == 1
    assert [one.first for one in found.ranks] == [1, 0, 0]


def test_a_measure_of_which_less_is_better_turns_the_order():
    found = rank_methods(scores({"a": -0.2, "b": 0.2}), higher_is_better=False)
    assert [one.name for one in found.ranks] == ["a", "b"]


def test_equal_methods_are_first_by_chance():
    found = rank_methods(scores(dict.fromkeys("abcd", 0.0)))
    assert sum(one.first for one in found.ranks) == pytest.approx(1)
    assert found.ranks[0].high > 1
    assert found.tau < 0.9


def test_seeds_that_differ_widen_the_ranks():
    means = {"a": 0.02, "b": 0.0, "c": -0.02}
    firm, loose = rank_methods(scores(means)), rank_methods(scores(means, seed_sd=0.05))
    assert firm.ranks[0].first > loose.ranks[0].first


def test_five_patients_rank_nothing():
    assert rank_methods(scores({"a": 0.0, "b": 0.1}, patients=5)) is None
    assert rank_methods(scores({"a": 0.0})) is None


def test_methods_of_one_mean_share_their_rank():
    rng = np.random.default_rng(0)
    one, other = rng.normal(0.5, 0.1, (1, 20)), rng.normal(0.2, 0.1, (1, 20))
    found = rank_methods({"a": one, "b": one.copy(), "c": other})
    assert [(one.name, one.rank, one.low, one.high, one.first) for one in found.ranks] == [
        ("a", 1, 1, 1, 1.0),
        ("b", 1, 1, 1, 1.0),
        ("c", 3, 3, 3, 0.0),
    ]
    assert found.tau == 1
    assert rank_methods({"a": one, "b": one.copy()}).tau == 0


def test_tau_is_that_of_scipy():
    own, places = np.array([1, 2, 2, 4]), np.array([[1, 2, 3, 4], [2, 1, 3, 3], [4, 3, 1, 1], [1, 1, 3, 4]])
    expected = np.mean([stats.kendalltau(own, order).statistic for order in places])
    assert _mean_tau(own, places) == pytest.approx(expected)

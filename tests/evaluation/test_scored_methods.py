"""From score files to arrays: seeds, cases in one order, undefined values, and what does not fit."""

import numpy as np
import pandas as pd
import pytest

from segrepro.evaluation.scored_methods import measures_of, scored_methods
from segrepro.utils.errors import MetricError


def frame(dice, seed=0, cases="abcdefgh"):
    return pd.DataFrame({"case": list(cases), "patient": [c.upper() for c in cases], "seed": seed, "dice": dice})


def test_cases_stand_in_one_order_whatever_the_files_order():
    rng = np.random.default_rng(0)
    own = pd.concat([frame(rng.random(8), 0), frame(rng.random(8), 1)])
    other = own.assign(dice=own["dice"] + 0.1).sample(frac=1, random_state=0)
    found = scored_methods({"own": own, "other": other}, "dice")
    assert found.difference("other", "own").value == pytest.approx(0.1)
    assert found.patients.tolist() == list("ABCDEFGH")
    assert found.values["own"].shape == (2, 8)


def test_a_case_undefined_from_one_seed_is_left_out_of_both_methods():
    first, second = np.linspace(0, 1, 8), np.linspace(0, 1, 8)
    second[3] = np.nan
    found = scored_methods({"a": frame(first), "b": frame(second)}, "dice")
    assert found.difference("b", "a").patients == 7
    assert found.cases_of(["a", "b"]) == (7, 1)


def test_the_difference_is_that_of_the_means_over_cases_shown_in_a_table():
    rng = np.random.default_rng(1)
    a, b = frame(rng.random(8)), frame(rng.random(8))
    a["patient"] = b["patient"] = list("AAAABBCD")
    found = scored_methods({"a": a, "b": b}, "dice").difference("b", "a")
    assert found.value == pytest.approx(b["dice"].mean() - a["dice"].mean())
    assert found.patients == 4


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (frame(np.ones(7), cases="abcdefg"), "1 case in one of both only (h)"),
        (pd.concat([frame(np.ones(8)), frame(np.ones(8))]), "a case that occurs twice"),
        (frame(np.ones(8)).drop(columns="patient"), "no column 'patient'"),
        (pd.concat([frame(np.ones(8)), frame(np.ones(7), 1, "abcdefg")]), "1 case in one of both only (h)"),
    ],
)
def test_scores_that_do_not_fit_together(other, found):
    with pytest.raises(MetricError) as error:
        scored_methods({"own": frame(np.ones(8)), "other": other}, "dice")
    assert error.value.found == found


def test_columns_that_say_whose_score_it_is_are_no_measures():
    scores = frame(np.ones(8)).assign(fold=0, diagonal_mm=9.0, recall=0.5)
    assert measures_of(scores) == ["dice", "recall"]

"""Verdicts on planted winners, ties, reverses, too few patients, missing rows and ties in a third of the patients."""

import numpy as np
import pytest

from segrepro.evaluation.claims import Claim, contrasts_of
from segrepro.evaluation.scored_methods import ScoredMethods
from segrepro.evaluation.verdicts import verdict

MARGINS = {"dice": 0.02, "recall": 0.02}


def scored(means, patients=60, seeds=3, seed_sd=0.002, ties=0.0):
    """Scores of methods whose means differ by what is given, in Dice and recall."""
    rng = np.random.default_rng(0)
    base = rng.normal(0.5, 0.2, patients)
    values = {}
    for name, mean in means.items():
        own = base + mean + rng.normal(0, 0.03, (seeds, patients)) + rng.normal(0, seed_sd, (seeds, 1))
        own[:, : int(ties * patients)] = 0.0
        values[name] = own
    methods = ScoredMethods(values, np.arange(patients).astype(str))
    return dict.fromkeys(("dice", "recall"), methods)


def judge(means, measures=("dice",), claim=None, margins=MARGINS, published=None, parameters=None, **options):
    claim = claim or Claim(text="", table="t", better="x", than=["u", "v"], measures=list(measures))
    scores = scored(means, **options)
    return verdict(claim, list(contrasts_of(claim)), scores, margins, published, parameters)


def test_a_planted_winner_holds():
    found = judge({"x": 0.1, "u": 0.0, "v": 0.02}, ("dice", "recall"))
    assert (found.verdict, found.as_trained, found.missing) == ("holds", "", ())
    assert len(found.contrasts) == 4
    assert all(one.estimate.interval()[0] > 0 for one in found.contrasts)


def test_a_winner_over_one_of_two_cannot_be_told():
    assert judge({"x": 0.1, "u": 0.0, "v": 0.1}).verdict == "cannot tell"


def test_a_planted_reverse_does_not_hold():
    found = judge({"x": 0.0, "u": 0.1, "v": -0.1})
    assert (found.verdict, found.reason) == ("does not hold", "the reverse is shown")


def test_a_planted_tie_lies_within_the_margin():
    found = judge(dict.fromkeys("xuv", 0.0), patients=400)
    assert found.verdict == "no difference above the margin"
    assert judge(dict.fromkeys("xuv", 0.0), patients=400, margins={}).verdict == "cannot tell"
    assert judge(dict.fromkeys("xuv", 0.0), patients=400, seed_sd=0.03).verdict == "cannot tell"


def test_a_difference_that_is_shown_and_too_small_to_matter_holds_and_says_so():
    found = judge({"x": 0.01, "u": 0.0, "v": 0.0}, patients=2000, seed_sd=0.0)
    assert (found.verdict, found.within_margin) == ("holds", True)


def test_two_patients_tell_nothing():
    found = judge({"x": 0.3, "u": 0.0, "v": 0.0}, patients=2)
    assert (found.verdict, found.reason) == ("cannot tell", "only 2 patients")


def test_missing_rows_are_named_and_a_reverse_is_told_all_the_same():
    found = judge({"x": 0.1, "u": 0.0})
    assert (found.verdict, found.missing) == ("not run", ("v",))
    assert len(found.contrasts) == 1
    assert judge({"x": 0.0, "u": 0.1}).verdict == "does not hold"
    assert judge({}, claim=Claim(text="", table="t", pairs=[("x", "u")], measures=["dice"])).missing == ("x", "u")


@pytest.mark.parametrize(("gain", "expected"), [(0.1, "holds"), (0.0, "cannot tell"), (-0.1, "does not hold")])
def test_ties_in_a_third_of_the_patients(gain, expected):
    assert judge({"x": gain, "u": 0.0, "v": 0.0}, ties=0.35, margins={}).verdict == expected


def test_trained_once_the_weights_are_judged_and_the_method_is_not():
    found = judge({"x": 0.1, "u": 0.0, "v": 0.0}, seeds=1)
    assert (found.verdict, found.as_trained) == ("cannot tell", "holds")
    assert "trained once" in found.reason
    assert judge({"x": 0.0, "u": 0.1, "v": 0.0}, seeds=1).as_trained == "does not hold"


def test_a_claim_about_no_table_is_none():
    claim = Claim(text="Small lesions stand out.")
    assert verdict(claim, [], {}, {}).verdict == "not a statement about a table"


def test_a_network_that_has_not_the_fewest_parameters():
    claim = Claim(text="", table="t", better="x", than=["u"], measures=["dice"], fewest_parameters=True)
    means = {"x": 0.1, "u": 0.0}
    assert judge(means, claim=claim, parameters={"x": 15, "u": 34}).verdict == "holds"
    found = judge(means, claim=claim, parameters={"x": 34, "u": 34})
    assert (found.verdict, found.reason) == ("does not hold", "x has 34 parameters, u 34")


def test_a_published_mean_is_beaten_or_not():
    claim = Claim(text="", table="t", better="x", than_published=["Yuan"], measures=["dice"])
    held = judge({"x": 0.0}, claim=claim, published={("Yuan", "dice"): 0.3})
    assert held.verdict == "holds"
    assert held.contrasts[0].estimate.value == pytest.approx(0.2, abs=0.06)
    assert judge({"x": 0.0}, claim=claim, published={("Yuan", "dice"): 0.7}).verdict == "does not hold"


def test_an_interaction_between_four_methods():
    claim = Claim(text="", table="t", interaction=[(("uf", "u"), ("xf", "x"))], measures=["dice"])
    assert judge({"uf": 0.1, "u": 0.0, "xf": 0.0, "x": 0.0}, claim=claim).verdict == "holds"
    assert judge({"uf": 0.1, "u": 0.0, "xf": 0.3, "x": 0.0}, claim=claim).verdict == "does not hold"


def test_iou_must_hold_too_but_refutes_nothing_alone():
    claim = Claim(text="", table="t", pairs=[("x", "u")], measures=["dice", "iou"])
    scores = {"dice": scored({"x": 0.1, "u": 0.0})["dice"], "iou": scored({"x": 0.0, "u": 0.1})["dice"]}
    found = verdict(claim, list(contrasts_of(claim)), scores, {})
    assert found.verdict == "cannot tell"
    assert np.isnan(found.contrasts[1].high)


def test_just_so_many_times_another_is_no_equality():
    """0.92 is 1.15 times 0.80: whether it is more cannot be told, but a difference there is."""
    scores = {name: np.full((3, 400), mean) for name, mean in (("x", 0.92), ("u", 0.80))}
    rng = np.random.default_rng(0)
    scores = {name: values + rng.normal(0, 0.02, values.shape) for name, values in scores.items()}
    methods = {"dice": ScoredMethods(scores, np.arange(400).astype(str))}
    claim = Claim(text="", table="t", pairs=[("x", "u")], measures=["dice"], factor=1.15)
    found = verdict(claim, list(contrasts_of(claim)), methods, {"dice": 0.02})
    assert (found.verdict, found.within_margin) == ("cannot tell", False)
    more = Claim(text="", table="t", pairs=[("x", "u")], measures=["dice"], factor=1.13)
    found = verdict(more, list(contrasts_of(more)), methods, {"dice": 0.02})
    assert (found.verdict, found.within_margin) == ("holds", False)


def test_parameters_that_nobody_counted_leave_a_claim_open():
    claim = Claim(text="", table="t", pairs=[("x", "u")], measures=["dice"], fewer_parameters=[("x", "v")])
    found = judge({"x": 0.1, "u": 0.0}, claim=claim, parameters={"x": 15})
    assert (found.verdict, found.missing) == ("not run", ("v",))

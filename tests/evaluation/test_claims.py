"""What a claim says, as contrasts."""

import pytest
from pydantic import ValidationError

from segrepro.evaluation.claims import Claim, Comparand, contrasts_of


def test_a_module_that_helps_more_in_one_network_is_an_interaction():
    claim = Claim(text="", table="t", interaction=[(("u_fsm", "u"), ("x", "x_no_fsm"))], measures=["dice"])
    [found] = contrasts_of(claim)
    assert [(one.experiment, weight) for one, weight in found.weights] == [
        ("u_fsm", 1),
        ("u", -1),
        ("x", -1),
        ("x_no_fsm", 1),
    ]
    assert claim.experiments == ["u_fsm", "u", "x", "x_no_fsm"]


def test_fifteen_percent_more_is_a_factor():
    [found] = contrasts_of(Claim(text="", table="t", pairs=[("scse", "unet")], measures=["iou"], factor=1.15))
    assert [weight for _, weight in found.weights] == [1, -1.15]


def test_a_gain_that_is_larger_in_some_labels():
    claim = Claim(text="", table="t", pairs=[("scse", "unet")], measures=["iou"], labels=["spleen"])
    [found] = contrasts_of(claim, ("liver",))
    assert found.weights[0] == (Comparand("scse", ("spleen",)), 1.0)
    assert found.weights[2] == (Comparand("scse", ("liver",)), -1.0)


def test_a_published_row_has_no_scores():
    claim = Claim(text="", table="t", better="hle", than_published=["Yuan et al."], measures=["iou"])
    [found] = contrasts_of(claim)
    assert (found.published, len(found.weights)) == ("Yuan et al.", 1)


def test_lower_may_be_claimed_of_any_measure():
    claim = Claim(text="", table="t", pairs=[("a", "b")], measures=["dice"], direction="lower")
    assert [one.sign for one in contrasts_of(claim)] == [-1]


def test_a_pair_has_two():
    with pytest.raises(ValidationError):
        Claim(text="", pairs=[("a",)])

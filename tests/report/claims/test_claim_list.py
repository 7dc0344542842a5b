"""Claims with their verdicts, as a reader sees them."""

from segrepro.evaluation.verdicts import CANNOT_TELL, NOT_RUN
from segrepro.report.claims.claim_list import ClaimPart, JudgedClaim


def test_what_was_not_run_is_named_in_the_verdict():
    claim = JudgedClaim(text="A is better.", table="t", protocol="clean", verdict=NOT_RUN, missing=["SegNet"])
    assert claim.verdict_text == "not run: SegNet"


def test_what_would_decide_is_said():
    part = ClaimPart(title="Dice: A - B", measure="dice", lower_is_better=False, run=True, difference=0.01)
    claim = JudgedClaim(text="A is better.", table="t", protocol="clean", verdict=CANNOT_TELL, parts=[part])
    assert claim.verdict_text.startswith("cannot tell")


def test_a_gap_that_nothing_shows_is_not_hidden_behind_a_larger_one():
    facts = {"measure": "Dice", "lower_is_better": False, "run": True, "difference": 0.01}
    large = ClaimPart(title="A − B", published=0.0143, needed_patients=680, needed_seeds=12, **facts)
    small = ClaimPart(title="C − D", published=0.0002, published_digits=4, out_of_reach=True, **facts)
    claim = JudgedClaim(text="", table="t", protocol="clean", verdict=CANNOT_TELL, parts=[large, small])
    assert claim.needed_text == (
        "not even 10,000,000 patients and 100 seeds would show the published gap (+0.0002 in Dice, C − D)"
    )
    assert JudgedClaim(text="", table="t", protocol="clean", verdict=CANNOT_TELL, parts=[large]).needed_text == (
        "to show the published gap: 680 patients, 12 seeds"
    )

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

"""The specification curves of a study's claims."""

from segrepro.evaluation.claims import Claim
from segrepro.report.claims.curves import claim_curves, specification_rows, with_curves
from segrepro.report.claims.judge import Settings, judge_claims
from tests.report.claims.test_judge import BETTER, case_of

DICE = BETTER.model_copy(update={"measures": ["dice"]})


def curves_of(claims, **options):
    settings, frames, cards = case_of(claims, **options)
    settings = Settings.model_validate(settings)
    curves = claim_curves(settings, frames)
    return curves, with_curves(judge_claims(settings, frames, cards), curves)


def test_claims_about_a_table_whose_rows_ran_have_a_curve():
    absent = Claim(text="Third is worse.", table="t", better="ours", than=["third"], measures=["dice"])
    curves, claims = curves_of([Claim(text="No table."), DICE, absent])
    assert list(curves) == ["claim2"]
    assert [claim.curve and claim.curve.figure for claim in claims.claims] == [None, "claim2", None]
    curve = claims.claims[1].curve
    assert curve.specifications == len(curves["claim2"])
    assert curve.claimed_side == curve.holds == curve.own_verdict == curve.specifications


def test_of_one_training_the_curve_speaks_of_the_weights():
    _, claims = curves_of([DICE], seeds=1)
    assert claims.claims[0].verdict == "cannot tell"
    assert claims.claims[0].curve.holds == claims.claims[0].curve.specifications


def test_every_specification_is_a_row():
    curves, _ = curves_of([DICE])
    header, *rows = specification_rows(curves)
    assert header == ["claim", "protocol", "measure", "unit", "cases without lesion", "empty masks", "undefined", "own",
                      "difference", "low", "high", "difference_unit", "verdict"]  # fmt: skip
    assert len({*header}) == len(header)
    assert len(rows) == len(curves["claim1"])
    assert rows[0][:3] == ["1", "clean", "dice"]


def test_claims_and_curves_over_several_divisions():
    settings, frames, cards = case_of([DICE], patients=30)
    for name, frame in frames.items():
        division = int("seed1" in name)
        frames[name] = frame.iloc[division * 10 : division * 10 + 20].assign(division=division)
    settings = Settings.model_validate(settings)
    [claim] = judge_claims(settings, frames, cards).claims
    assert (claim.verdict, claim.parts[0].patients, claim.parts[0].seeds) == ("holds", 30, 2)
    assert claim.parts[0].seed_sd > 0
    assert {one.verdict for one in claim_curves(settings, frames)["claim1"]} == {"holds"}

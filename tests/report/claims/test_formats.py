"""Claims as Markdown and LaTeX."""

from segrepro.evaluation.verdicts import NOT_RUN
from segrepro.report.claims.claim_list import ClaimList, ClaimPart, JudgedClaim
from segrepro.report.claims.formats import latex, markdown, reproduced

PART = ClaimPart(
    title="X-Net − U-Net", measure="dice", lower_is_better=False, published=0.026, run=True, difference=-0.085,
    low=-0.154, high=-0.017, patients=10, seeds=2,
)  # fmt: skip
CLAIM = JudgedClaim(text="X-Net is better by 5 %.", table="table1", protocol="clean", verdict=NOT_RUN, parts=[PART])
CLAIMS = ClaimList(
    study="my_study", scale="demo", of_phantoms=True, changed=False, margins={"dice": 0.02}, claims=[CLAIM]
)


def test_a_row_a_claim_and_one_a_difference():
    text = markdown(CLAIMS)
    assert "| X-Net is better by 5 %. |  |  |  | not run (of phantoms) |" in text
    assert "+0.026" in text
    assert "−0.085 [−0.154, −0.017] (10 patients, 2 seeds)" in text
    assert "dice 0.02" in text


def test_latex_escapes_what_it_must():
    text = latex(CLAIMS)
    assert r"5 \%" in text
    assert r"my\_study" in text
    assert text.count(r"\\") >= 3


def test_what_was_not_run_has_no_number():
    assert reproduced(PART.model_copy(update={"run": False})) == "not run"

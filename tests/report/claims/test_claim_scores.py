"""Which scores a claim speaks of."""

import pandas as pd

from segrepro.evaluation.claims import Claim, contrasts_of
from segrepro.report.claims.claim_scores import claim_scores, other_labels, trained_alike
from segrepro.report.spec import ReportedRun, TableSpec

CLAIM = Claim(text="", table="t", better="a", than=["b"], measures=["dice"])
SPEC = TableSpec.model_validate(
    {"title": "t", "metrics": {"dice": "Dice"}, "proposed": "a", "rows": [{"label": "a", "experiment": "a"}]}
)


def frame(values, cases="xyz", patients="ppq", labels=None):
    return pd.DataFrame(
        {"unit": "case", "case": list(cases), "patient": list(patients), "label": labels or "one", "dice": values}
    )


def scores(frames, unit, claim=CLAIM, others=()):
    return claim_scores(frames, SPEC, contrasts_of(claim, others), unit)["dice"]


def test_a_patient_counts_once_where_patients_are_the_unit():
    frames = {"a": frame([0.2, 0.4, 0.9]), "b": frame([0.1, 0.1, 0.5])}
    assert scores(frames, "case").values["a"].tolist() == [[0.2, 0.4, 0.9]]
    found = scores(frames, "patient")
    assert found.values["a"].round(3).tolist() == [[0.3, 0.9]]
    assert found.patients.tolist() == ["p", "q"]


def test_labels_that_a_claim_compares_have_scores_of_their_own():
    claim = CLAIM.model_copy(update={"labels": ["one"]})
    frames = {name: frame([0.2, 0.4, 0.6, 0.8], "xyxy", "pqpq", ["one", "one", "two", "two"]) for name in "ab"}
    others = other_labels(claim, frames)
    assert others == ("two",)
    found = scores(frames, "case", claim, others)
    assert found.values["a of one"].tolist() == [[0.2, 0.4]]
    assert found.values["a of two"].tolist() == [[0.6, 0.8]]


def test_an_option_has_the_rows_it_touches_and_the_others_as_they_are():
    runs = [ReportedRun(name=name, experiment=name, protocol="clean") for name in "ab"]
    runs.append(ReportedRun(name="a-tail-plain", experiment="a", protocol="clean", choices={"tail": "plain"}))
    own, other = trained_alike(runs)
    assert (own[0], [run.name for run in own[2]]) == ({}, ["a", "b"])
    assert (other[0], other[1]) == ({"tail": "plain"}, {"a"})
    assert [run.name for run in other[2]] == ["b", "a-tail-plain"]

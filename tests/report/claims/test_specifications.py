"""Claims under every way to analyse the same scores: which ways there are, and what each says."""

import numpy as np
import pandas as pd
import pytest

from segrepro.evaluation.claims import Claim
from segrepro.report.claims.specifications import Trained, specifications
from segrepro.report.spec import TableSpec

CLAIM = Claim(text="", table="t", better="new", than=["old"], measures=["dice"])
SPEC = TableSpec.model_validate(
    {
        "title": "t",
        "metrics": {"dice": "Dice", "iou": "IoU", "hd95_mm": "HD95"},
        "proposed": "new",
        "rows": [{"label": name, "experiment": name} for name in ("new", "old")],
    }
)
P = 24


def scores(gap, seed=0, empty=0, patients_of=1, method=0):
    """Two trainings of a method; the first `empty` cases have no lesion, and Dice 0 there as X-Net's rule has it."""
    rng = np.random.default_rng(9)
    base = rng.uniform(0.4, 0.7, P)
    frames = []
    for training in range(2):
        dice = base + gap + np.random.default_rng([seed, training, method]).normal(0, 0.02, P)
        dice[:empty] = 0
        frames.append(
            pd.DataFrame(
                {
                    "seed": training,
                    "unit": "case",
                    "checkpoint": "best",
                    "fold": 0,
                    "case": [f"c{i:02}" for i in range(P)],
                    "patient": [f"p{i // patients_of:02}" for i in range(P)],
                    "site": "",
                    "label": "lesion",
                    "dice": dice,
                    "iou": dice / (2 - dice),
                    "hd95_mm": np.where(np.arange(P) < empty, np.nan, 10 - dice),
                    "diagonal_mm": 100.0,
                    "reference_volume_ml": np.where(np.arange(P) < empty, 0.0, 4.0),
                    "prediction_volume_ml": np.where(np.arange(P) < empty, 0.0, 5.0),
                }
            )
        )
    return pd.concat(frames)


def judged(claim=CLAIM, gap=0.1, margins=None, trained=None, **options):
    frames = {"new": scores(gap, method=1, **options), "old": scores(0.0, method=2, **options)}
    return specifications(claim, SPEC, trained or [Trained({"protocol": "clean"}, frames)], {}, margins or {})


def by(found, **options):
    axes = {key.replace("_", " "): value for key, value in options.items()}
    [one] = [one for one in found if all(one.options[axis] == option for axis, option in axes.items())]
    return one


def test_only_ways_that_change_a_score_count():
    found = judged()
    # Nothing is empty and every patient has one case: measures of the same unit are all that is left.
    assert [one.options["measure"] for one in found] == ["dice", "iou"]
    assert [one.own for one in found] == [True, False]
    assert {one.verdict for one in found} == {"holds"}
    assert found[0].difference == pytest.approx(0.1, abs=0.02)
    assert found[0].low < found[0].difference < found[0].high


def test_empty_masks_by_each_rule_and_left_out():
    found = [one for one in judged(empty=12) if one.options["measure"] == "dice"]
    # As in the study they are worth 0; worth 1 gives the same difference, but other scores of neither: it is the same
    # difference in every patient, and so not counted twice. Undefined and left out are the same patients.
    assert len(found) == 2
    own, other = found
    assert (own.own, own.options["cases without lesion"]) == (True, "in")
    assert other.options["empty masks"] == "undefined"
    assert other.difference == pytest.approx(2 * own.difference)


def test_a_mask_that_only_one_method_leaves_empty_is_worth_what_the_rule_says():
    new, old = scores(0.0, method=1), scores(0.0, method=2)
    for frame in (new, old):
        frame["precision"] = 0.5
    old.loc[old["case"].isin(["c00", "c01", "c02"]), ["prediction_volume_ml", "precision"]] = 0.0
    claim = CLAIM.model_copy(update={"measures": ["precision"]})
    spec = SPEC.model_copy(update={"metrics": {"precision": "precision"}})
    found = specifications(claim, spec, [Trained({}, {"new": new, "old": old})], {}, {})
    shares = {one.options["empty masks"]: one.difference for one in found}
    assert shares == {
        "as in the study": pytest.approx(3 * 0.5 / P),
        "undefined": pytest.approx(0.0),
        "worth 1": pytest.approx(-3 * 0.5 / P),
    }


def test_undefined_distances_left_out_as_the_diagonal_or_as_the_worst():
    claim = CLAIM.model_copy(update={"measures": ["hd95_mm"]})
    new, old = scores(0.1, method=1), scores(0.0, method=2)
    old.loc[old["case"] == "c05", "hd95_mm"] = np.nan
    found = specifications(claim, SPEC, [Trained({}, {"new": new, "old": old})], {}, {})
    assert {one.unit for one in found} == {"mm"}
    values = {one.options["undefined"]: one.difference for one in found}
    # Less is better, so the claimed side is the other one; one of 24 cases is 100 mm instead of about 9.5.
    assert values["diagonal"] == pytest.approx(values["left out"] + 90.5 / P, abs=0.01)
    assert values["left out"] < values["worst found"] < values["diagonal"]


def test_patients_count_alike_where_they_have_several_cases():
    new, old = scores(0.0, method=1), scores(0.0, method=2)
    for frame in (new, old):
        frame["patient"] = ["p00" if int(case[1:]) < 12 else case for case in frame["case"]]
    new.loc[new["patient"] == "p00", "dice"] = old.loc[old["patient"] == "p00", "dice"] + 0.13
    new.loc[new["patient"] != "p00", "dice"] = old.loc[old["patient"] != "p00", "dice"]
    found = specifications(CLAIM, SPEC, [Trained({}, {"new": new, "old": old})], {}, {})
    assert by(found, measure="dice", unit="case").difference == pytest.approx(0.13 / 2)
    assert by(found, measure="dice", unit="patient").difference == pytest.approx(0.13 / 13)


def test_what_was_trained_otherwise_joins_the_curve():
    own = {"new": scores(0.1, method=1), "old": scores(0.0, method=2)}
    other = own | {"new": scores(-0.1, method=3)}
    trained = [
        Trained({"protocol": "clean", "tail": "as in the study"}, own),
        Trained({"protocol": "clean", "tail": "plain"}, other),
    ]
    found = judged(trained=trained)
    assert by(found, measure="dice", tail="plain").verdict == "does not hold"
    assert by(found, measure="dice", tail="as in the study").verdict == "holds"
    assert sum(one.own for one in found) == 1


def test_rows_that_have_not_run_have_no_curve():
    assert judged(trained=[Trained({}, {"new": scores(0.1)})]) == []


def test_a_claim_of_a_factor_is_about_its_own_measures():
    claim = CLAIM.model_copy(update={"factor": 1.15})
    assert {one.options["measure"] for one in judged(claim)} == {"dice"}


def test_the_least_of_several_differences_is_drawn():
    frames = {"new": scores(0.1, method=1), "old": scores(0.0, method=2), "third": scores(0.08, method=3)}
    claim = CLAIM.model_copy(update={"than": ["old", "third"]})
    found = specifications(claim, SPEC, [Trained({}, frames)], {}, {})
    assert by(found, measure="dice").difference == pytest.approx(0.02, abs=0.01)


def test_a_way_in_which_no_case_is_defined_says_nothing():
    new, old = scores(0.1, method=1), scores(0.0, method=2)
    for frame in (new, old):
        frame["precision"] = frame["dice"]
    old[["prediction_volume_ml", "precision"]] = 0.0  # it predicts nothing anywhere
    claim = CLAIM.model_copy(update={"measures": ["precision"]})
    spec = SPEC.model_copy(update={"metrics": {"precision": "precision"}})
    found = specifications(claim, spec, [Trained({}, {"new": new, "old": old})], {}, {})
    assert [one.options["empty masks"] for one in found] == ["as in the study", "worth 1"]
    assert [one.difference > 0 for one in found] == [True, False]


def test_what_has_no_such_measure_is_left_alone():
    frames = {"new": scores(0.1, method=1), "old": scores(0.0, method=2), "images": scores(0.0).drop(columns="dice")}
    assert judged(trained=[Trained({"protocol": "clean"}, frames)]) == judged()

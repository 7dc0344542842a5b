"""Claims judged from score frames: verdicts, published gaps, what it would take, texts for people."""

import numpy as np
import pytest

from segrepro.evaluation.claims import Claim
from segrepro.report.claims.claim_list import ClaimList
from segrepro.report.claims.formats import latex, markdown
from segrepro.report.claims.judge import Settings, judge_claims
from segrepro.workflow.config.load import load_study
from tests.report.tables.example import SPEC, scores_of

LABELS = {"ours": "Ours", "other": "Other", "third": "Third"}
BETTER = Claim(text="Ours is best.", table="t", better="ours", than=["other"], measures=["dice", "hd_mm"])
SPEC = SPEC | {"published_patients": 600}


def runs_of(*names, seeds=2):
    return [
        {"name": name + (f"-seed{seed}" if seed else ""), "experiment": name, "protocol": "clean", "seed": seed}
        for name in names
        for seed in range(seeds)
    ]


def judge(claims, **options) -> ClaimList:
    settings, frames, cards = case_of(claims, **options)
    return judge_claims(Settings.model_validate(settings), frames, cards)


def case_of(claims, gap=0.2, seeds=2, labels=("lesion",), scale="paper", patients=20, **options):
    """Settings, scores by run and cards of two methods that differ by a gap."""
    rng = np.random.default_rng(0)
    base = rng.uniform(0.5, 0.9, patients)
    runs = runs_of("ours", "other", seeds=seeds)
    shift = {"ours": 0.0, "other": -gap}
    frames = {}
    for run in runs:
        dice = base + shift[run["experiment"]] + rng.normal(0, 0.01, patients) + 0.002 * run["seed"]
        frames[run["name"]] = scores_of(run["experiment"], dice, labels)
    cards = [{"name": run["name"], "parameters": {"at_full_width": 7 if "ours" in run["name"] else 9}} for run in runs]
    settings = {
        "study": "made_up",
        "scale": scale,
        "of_phantoms": False,
        "runs": runs,
        "tables": {"t": SPEC},
        "seed": 0,
    }
    settings |= {"claims": [claim.model_dump() for claim in claims], "margins": {"dice": 0.02}, "labels": LABELS}
    return settings | options, frames, cards


def test_a_claim_that_holds_has_its_numbers_in_the_measures_own_direction():
    [claim] = judge([BETTER]).claims
    assert (claim.verdict, claim.verdict_text) == ("holds", "holds")
    dice, distance = claim.parts
    assert dice.title == "Ours − Other"
    assert dice.difference == pytest.approx(0.2, abs=0.01)
    # scores_of has the distance 10 - Dice: less is better.
    assert (distance.lower_is_better, distance.difference) == (True, pytest.approx(-0.2, abs=0.01))
    assert dice.low < dice.difference < dice.high
    assert distance.low < distance.difference < distance.high < 0
    assert (dice.patients, dice.seeds) == (20, 2)


def test_the_published_gap_its_chance_of_being_false_and_what_would_show_it():
    claim = Claim(text="", table="t", pairs=[("ours", "third")], measures=["dice"])
    [judged] = judge([claim]).claims
    assert (judged.verdict, judged.missing) == ("not run", ["Third"])
    assert judged.parts[0].published == pytest.approx(0.866 - 0.838)
    assert judged.parts[0].needed_patients is None


@pytest.mark.parametrize(
    ("study", "expected"),
    [("xnet", {"+0.0126", "+0.0164", "+0.0006"}), ("hlenet", {"+0.034", "+0.023", "+0.045"})],
)
def test_published_differences_have_the_digits_of_print(study, expected):
    spec = load_study(study, "paper")
    elsewhere = {"name": "none", "experiment": "none", "protocol": "clean"}
    labels = {name: experiment.label for name, experiment in spec.experiments.items()}
    facts = {"study": study, "scale": "paper", "of_phantoms": False, "runs": [elsewhere], "seed": 0, "labels": labels}
    settings = Settings(**facts, tables=spec.tables, claims=spec.claims, margins=spec.margins)
    claims = judge_claims(settings, {"none": scores_of("none", [0.5])}, [])
    assert expected <= {part.published_text for claim in claims.claims for part in claim.parts}
    assert all(text in latex(claims) and text in markdown(claims) for text in expected)


def test_undecided_says_what_it_would_take():
    rows = [row | {"published_as": "Unet-28"} if row["experiment"] == "other" else row for row in SPEC["rows"]]
    tables = {"t": SPEC | {"rows": rows}}
    claim = BETTER.model_copy(update={"measures": ["dice"]})
    [judged] = judge([claim], gap=0.0, tables=tables, margins={}).claims
    part = judged.parts[0]
    assert judged.verdict == "cannot tell"
    assert 0 < part.chance_of_false < 0.5
    assert part.pair.correlation == pytest.approx(1.0, abs=0.02)  # the two differ by noise of 0.01 alone
    assert (part.needed_patients, part.needed_seeds) == (20, 2)
    assert judged.verdict_text.endswith("to show the published gap: 20 patients, 2 seeds")


def test_phantoms_do_not_lend_the_paper_their_correlation():
    rows = [row | {"published_as": "Unet-28"} if row["experiment"] == "other" else row for row in SPEC["rows"]]
    found = judge([BETTER], tables={"t": SPEC | {"rows": rows}}, of_phantoms=True)
    part = found.claims[0].parts[0]
    assert part.published is not None
    assert (part.chance_of_false, part.pair) == (None, None)  # no printed deviation either


def test_trained_once_and_at_demo_scale():
    found = judge([BETTER], seeds=1, scale="demo")
    assert found.claims[0].as_trained == "holds"
    assert "(these weights: holds)" in found.claims[0].verdict_text
    assert found.qualifier == "at demo scale"
    assert found.counts == {"cannot tell": 1}


def test_a_gain_larger_in_some_labels_than_in_the_others():
    claim = Claim(text="", table="t", pairs=[("ours", "other")], measures=["dice"], labels=["spleen"])
    [judged] = judge([claim], labels=("liver", "spleen")).claims
    assert judged.parts[0].title == "(Ours in spleen − Other in spleen) − (Ours in liver − Other in liver)"
    assert judged.parts[0].difference == pytest.approx(0, abs=1e-9)
    assert judged.verdict == "no difference above the margin"


@pytest.mark.parametrize("what", ["other cases", "all undefined"])
def test_a_row_that_ran_and_cannot_be_compared_says_so(what):
    claim = BETTER.model_copy(update={"measures": ["dice"]})
    settings, frames, cards = case_of([claim])
    for name in [name for name in frames if name.startswith("other")]:
        frames[name] = frames[name].iloc[:-3] if what == "other cases" else frames[name].assign(dice=np.nan)
    [judged] = judge_claims(Settings.model_validate(settings), frames, cards).claims
    assert judged.verdict_text == "not run: Other (ran, but has no defined score on the same cases)"


def test_one_patient_tells_nothing():
    [judged] = judge([BETTER], patients=1).claims
    assert judged.verdict_text == "cannot tell: only 1 patient"


def test_parameters_are_part_of_a_claim():
    fewest = BETTER.model_copy(update={"fewest_parameters": True})
    [judged] = judge([fewest]).claims
    assert (judged.verdict, judged.parameters) == ("holds", {"Ours": 7, "Other": 9})
    most = Claim(text="", table="t", better="other", than=["ours"], measures=["dice"], fewest_parameters=True)
    assert judge([most], gap=-0.2).claims[0].verdict == "does not hold"


def test_claims_as_people_read_them():
    found = judge([BETTER, Claim(text="50 % & more | small lesions stand out.")])
    assert r"| 50 % & more \| small lesions stand out. |" in markdown(found)
    assert "not a statement about a table" in markdown(found)
    assert r"50 \% \& more" in latex(found)
    assert ClaimList.model_validate_json(found.model_dump_json()) == found


def test_what_becomes_of_a_claim_under_another_option():
    rng = np.random.default_rng(0)
    base = rng.uniform(0.5, 0.9, 20)
    runs = runs_of("ours", "other", "third")
    runs += [one | {"name": f"{one['name']}-norm-none", "choices": {"norm": "none"}} for one in runs_of("ours")]
    means = {"ours": 0.2, "other": 0.0, "third": 0.1, "ours-norm-none": -0.1}
    frames = {}
    for run in runs:
        mean = means[run["experiment"] + ("-norm-none" if "choices" in run else "")]
        frames[run["name"]] = scores_of(run["experiment"], base + mean + rng.normal(0, 0.01, 20))
    settings = {"study": "s", "scale": "paper", "of_phantoms": False, "runs": runs, "tables": {"t": SPEC}, "seed": 0}
    untouched = Claim(text="", table="t", pairs=[("third", "other")], measures=["dice"])
    claims = [Claim(text="", table="t", pairs=[("ours", "other")], measures=["dice"]), untouched]
    settings |= {"claims": claims, "margins": {"dice": 0.02}, "labels": LABELS}
    first, second = judge_claims(Settings.model_validate(settings), frames, []).claims
    assert (first.verdict, second.verdict, second.variants) == ("holds", "holds", [])
    assert first.parts[0].difference == pytest.approx(0.2, abs=0.01)
    [variant] = first.variants
    assert (variant.choices, variant.verdict) == ({"norm": "none"}, "does not hold")
    assert variant.parts[0].difference == pytest.approx(-0.1, abs=0.01)
    assert variant.parts[0].seeds == 2


def test_what_another_row_tells_of_seeds_counts_in_what_a_gap_asks_for():
    """Ours and Other ran once, Third twice, 0.02 apart: a mean varies by 0.02 / sqrt(2), which no one seed can show."""
    rows = [row | {"published_as": "Unet-28"} if row["experiment"] == "other" else row for row in SPEC["rows"]]
    claim = BETTER.model_copy(update={"measures": ["dice"]})
    settings, frames, cards = case_of([claim], gap=0.0, seeds=1, tables={"t": SPEC | {"rows": rows}})
    settings["runs"] = [*settings["runs"], *runs_of("third")]
    dice = np.linspace(0.4, 0.8, 20)
    frames |= {"third": scores_of("third", dice), "third-seed1": scores_of("third", dice + 0.02)}
    [part] = judge_claims(Settings.model_validate(settings), frames, cards).claims[0].parts
    assert (part.seeds, part.seed_sd) == (1, pytest.approx(0.02 / 2**0.5))
    error = 0.02 / 2**0.5 * (2 / part.needed_seeds) ** 0.5
    assert part.needed_seeds > 2
    assert 2.5 < part.published / error < 4  # 80 % power asks for 2.8 standard errors, more with few degrees of freedom

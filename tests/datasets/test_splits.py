"""Ways of dividing cases other than k folds of patients."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from segrepro.datasets.fold_files import read_folds, verify_folds
from segrepro.datasets.folds import Folds, Settings, make_folds
from segrepro.datasets.phantoms.isles2018 import _names, _patients
from segrepro.utils.errors import DataError
from segrepro.utils.validation import merged
from segrepro.workflow.config.load import load_study
from tests.datasets.fold_cases import CASES, members
from tests.raised import raised
from workflow_scripts import split_folds


def test_a_single_division_has_the_shares_asked_for_and_parts_no_patient():
    folds = Folds(count=1, test_fraction=0.25, validation_fraction=0.2)
    table = make_folds(CASES, folds, "clean")
    verify_folds(table, "clean")
    counts = {part: len(members(table, part)) for part in ("train", "validation", "test")}
    assert counts == {"train": 7, "validation": 2, "test": 3}
    assert len(set.union(*(members(table, part) for part in counts))) == 12
    assert len(table) == 24


def test_another_seed_draws_another_division_and_the_same_seed_the_same():
    first, again, other = (
        make_folds(CASES, Folds(count=1, test_fraction=0.5, seed=seed), "clean") for seed in (0, 0, 1)
    )
    assert first.equals(again)
    assert members(first, "test") != members(other, "test")


def test_by_site_each_site_is_scored_once_and_never_seen_before():
    table = make_folds(CASES, Folds(by="site", count=3), "clean")
    verify_folds(table, "clean")
    site_of = dict(zip(CASES["case"], CASES["site"]))
    for fold, site in enumerate("ABC"):
        tested = {site_of[case] for case in members(table, "test", "case", fold)}
        learned = {site_of[c] for part in ("train", "validation") for c in members(table, part, "case", fold)}
        assert tested == {site}
        assert site not in learned


def test_the_number_of_sites_must_be_known():
    with raised(DataError, found="3 sites", expected="4, one a fold"):
        make_folds(CASES, Folds(by="site", count=4), "clean")


def test_the_official_parts_are_taken_as_they_are():
    cases = CASES.assign(part=["train"] * 16 + ["validation"] * 4 + ["test"] * 4)
    table = make_folds(cases, Folds(by="official", count=1), "clean")
    assert dict(zip(table["case"], table["part"])) == dict(zip(cases["case"], cases["part"]))


def test_without_an_official_validation_part_one_is_drawn_from_training():
    cases = CASES.assign(part=["train"] * 20 + ["test"] * 4)
    table = make_folds(cases, Folds(by="official", count=1, validation_fraction=0.2), "clean")
    verify_folds(table, "clean")
    assert members(table, "test", "case") == {"c20", "c21", "c22", "c23"}
    assert len(members(table, "validation")) == 2


def test_a_missing_official_part_is_said():
    with raised(DataError, found="no case in the official part test"):
        make_folds(CASES.assign(part="train"), Folds(by="official", count=1), "clean")


@pytest.mark.parametrize(
    "folds",
    [Folds(count=1, test_fraction=0.25), Folds(count=3), Folds(by="site", count=3), Folds(by="official", count=1)],
    ids=lambda folds: f"{folds.by}-{folds.count}",
)
def test_the_printed_protocol_scores_what_it_validates_on_and_the_clean_one_does_not(folds):
    cases = CASES.assign(part=["train"] * 20 + ["test"] * 4) if folds.by == "official" else CASES
    clean, printed = (make_folds(cases, folds, protocol) for protocol in ("clean", "published"))
    verify_folds(printed, "published")
    for fold in range(folds.count):
        scored = members(clean, "test", fold=fold)
        assert members(printed, "test", fold=fold) == members(printed, "validation", fold=fold) == scored
        assert not scored & members(clean, "validation", fold=fold)
        assert members(printed, "train", fold=fold) == set(CASES["patient"]) - scored


def test_two_scans_of_a_patient_may_be_parted_by_case_and_stand_in_the_order_of_the_releases_list():
    listed = CASES.assign(listed=[23 - number for number in range(24)])
    table = make_folds(listed, Folds(by="case", count=5, shuffle=False), "published")
    with raised(DataError, found="patient p"):
        verify_folds(table, "published")
    verify_folds(table, "published", "case")
    # scikit-learn's KFold(5) of 24: blocks of 5, 5, 5, 5, 4.
    expected = [range(19, 24), range(14, 19), range(9, 14), range(4, 9), range(4)]
    for fold, numbers in enumerate(expected):
        assert members(table, "test", "case", fold) == {f"c{number}" for number in numbers}
    assert dict(zip(table["case"], table["patient"])) == dict(zip(CASES["case"], CASES["patient"]))


def test_a_list_that_lacks_cases_is_refused_where_its_order_counts():
    listed = CASES.assign(listed=[None, *range(23)])
    with raised(DataError, found="1 of 24 cases, such as c0"):
        make_folds(listed, Folds(by="case", count=5, shuffle=False), "published")
    assert len(make_folds(listed, Folds(count=5), "clean"))


def test_folds_that_keep_all_slices_have_the_hashes_they_had():
    assert "keep_slices" not in Folds().model_dump(mode="json")


def test_the_printed_protocol_may_divide_otherwise():
    folds = Folds(count=2, published={"by": "slice", "count": 1, "test_fraction": 0.2})
    assert folds.under("clean") == folds
    assert folds.under("published").by == "slice"


@pytest.fixture(scope="module")
def isles():
    """The list of cases of a release with 94 scans of 63 patients, as the phantom of the pseudo-DWI study has them."""
    spec = load_study("pseudo_dwi", "paper").datasets["isles2018"].phantom
    scans = [
        (f"case_{case}", name.rstrip("_AB"))
        for one in _patients("TRAINING", spec["patients"], 0.5)
        for case, name in _names(one)
    ]
    ml = np.exp(np.random.default_rng(0).uniform(*np.log([3, 120]), len(scans)))
    return pd.DataFrame(scans, columns=["case", "patient"]).assign(site="", part="", ml=ml)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_scans_of_isles_are_divided_into_the_printed_numbers(isles, seed):
    assert (len(isles), isles["patient"].nunique()) == (94, 63)
    table = make_folds(isles, Folds(**load_study("pseudo_dwi", "paper").folds | {"seed": seed}), "clean")
    verify_folds(table, "clean")
    assert [len(members(table, part, "case")) for part in ("train", "validation", "test")] == [65, 6, 23]
    assert sum(len(members(table, part)) for part in ("train", "validation", "test")) == 63
    ml = isles.set_index("case")["ml"][list(members(table, "test", "case"))]
    assert [((low <= ml) & (ml < high)).sum() for low, high in [(0, 10), (10, 50), (50, 1e5)]] == [9, 10, 4]


def test_another_seed_draws_other_scans(isles):
    first, again, other = (
        make_folds(isles, Folds(count=1, test_cases=23, validation_cases=6, seed=s), "clean") for s in (0, 0, 1)
    )
    assert first.equals(again)
    assert members(first, "test") != members(other, "test")


@pytest.mark.parametrize(("test", "validation"), [(5, 2), (24, 2), (22, 2), (2, 3)])
def test_a_number_of_cases_that_whole_patients_cannot_have_is_refused(test, validation):
    with raised(DataError, found=r"cases of \d+ patients with 2 to 2 each", expected=r"whole patients with \d+ cases"):
        make_folds(CASES, Folds(count=1, test_cases=test, validation_cases=validation), "clean")


@pytest.fixture
def released():
    """The list of cases of the WMH challenge's full release: 60 scans of 3 scanners to train on, 110 of 5 to test."""
    sizes = {"train": dict.fromkeys(("Utrecht", "Singapore", "GE3T"), 20)}
    sizes["test"] = {"Utrecht": 30, "Singapore": 30, "GE3T": 30, "GE1T5": 10, "Philips": 10}
    rows = [
        (f"{part}-{site}-{number}", site, part)
        for part, sites in sizes.items()
        for site, count in sites.items()
        for number in range(count)
    ]
    cases = pd.DataFrame(rows, columns=["case", "site", "part"])
    return cases.assign(patient=cases["case"])


@pytest.mark.parametrize("experiment", ["fcn", "fcn_scanners"])
def test_scans_of_an_official_test_part_enter_no_fold(released, experiment, tmp_path, capsys):
    study = load_study("wmh", "paper")
    folds = Folds.model_validate(merged(study.folds, study.experiments[experiment].folds))
    released.to_csv(tmp_path / "cases.csv", index=False)
    settings = Settings(folds=folds, protocol="clean")
    split_folds.main(settings, tmp_path / "cases.csv", tmp_path / "folds.csv")
    table = read_folds(tmp_path / "folds.csv")
    assert set(table["case"]) == set(released["case"][released["part"] == "train"])
    assert table["fold"].nunique() == folds.count
    assert "110 of 170 cases are left out: they belong to the official test part" in capsys.readouterr().out


@pytest.mark.parametrize(
    "values",
    [
        {"count": 1},
        {"count": 5, "test_fraction": 0.2},
        {"by": "official", "count": 2},
        {"by": "slice", "count": 2, "test_fraction": 0.2},
        {"by": "slice", "keep_slices": {"train": 5, "validation": 2, "test": 1}},
        {"by": "slice", "count": 1, "test_cases": 9, "validation_cases": 9},
        {"count": 1, "test_cases": 9},
        {"count": 1, "test_cases": 9, "validation_cases": 9, "test_sizes": [{"ml": [0, 10], "cases": 8}]},
        {"count": 5, "test_sizes": [{"ml": [0, 10], "cases": 8}]},
        {"count": 1, "test_cases": 9, "validation_cases": 9, "test_fraction": 0.1},
    ],
)
def test_settings_that_do_not_belong_together_are_refused(values):
    with pytest.raises(ValidationError):
        Folds(**values)


def test_too_few_patients_for_three_parts():
    with raised(DataError, found="2 patients", expected="at least 3"):
        make_folds(CASES[:4], Folds(count=1, test_fraction=0.5), "clean")

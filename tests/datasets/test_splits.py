"""Ways of dividing cases other than k folds of patients."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from segrepro.datasets import open_dataset
from segrepro.datasets.fold_files import leave_out_empty, read_folds, verify_folds
from segrepro.datasets.folds import Folds, Settings, make_folds
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.phantoms.isles2018 import _names, _patients
from segrepro.datasets.source import write_source
from segrepro.images.io import read_image
from segrepro.utils.errors import DataError
from segrepro.utils.validation import merged
from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import load_study
from segrepro.workflow.plan.make_plan import make_plan
from tests.raised import raised
from tests.scans import SMALL_PHANTOMS
from workflow_scripts import check_dataset, split_folds

CASES = pd.DataFrame(
    {
        "case": [f"c{i}" for i in range(24)],
        "patient": [f"p{i // 2}" for i in range(24)],
        "site": ["A", "A", "B", "B", "C", "C"] * 4,
        "part": [""] * 24,
        "slices": [5] * 24,
    }
)


def members(table, part, column="patient", fold=0):
    return set(table[(table["part"] == part) & (table["fold"] == fold)][column])


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


def test_by_slice_the_scored_slices_validate_and_patients_are_parted():
    table = make_folds(CASES, Folds(by="slice", count=1, test_fraction=0.2), "published")
    verify_folds(table, "published")
    places = {
        part: {(row.case, z) for row in table[table["part"] == part].itertuples() for z in row.slices.split()}
        for part in ("train", "validation", "test")
    }
    assert len(places["test"]) == 24
    assert places["validation"] == places["test"]
    assert not places["train"] & places["test"]
    assert len(places["train"]) == 24 * 5 - 24
    assert members(table, "train") & members(table, "test")


@pytest.mark.parametrize(
    ("dataset", "slices", "parts"), [("chaos_ct", 1884, (1507, 377)), ("chaos_mr", 623, (560, 63))]
)
def test_the_slices_of_chaos_are_divided_into_the_printed_numbers(dataset, slices, parts):
    study = load_study("scse", "paper")
    folds = Folds.model_validate(merged(study.folds, study.datasets[dataset].folds)).under("published")
    table = make_folds(CASES[:1].assign(slices=slices), folds, "published")
    assert tuple(len(table["slices"][table["part"] == part].item().split()) for part in ("train", "test")) == parts


LABELLED = CASES.assign(labelled=["1 2", "0 1 2 3 4", ""] * 8)


def places_of(table):
    """(case, slice) of every slice that the table names; all of a case where it names none."""
    return {(row.case, int(z)) for row in table.itertuples() for z in row.slices.split() or range(5)}


@pytest.mark.parametrize("by", ["patient", "slice"])
def test_slices_without_label_are_left_out_until_so_many_are_left(by):
    protocol = "published" if by == "slice" else "clean"
    whole = make_folds(LABELLED, Folds(by=by, count=1, test_fraction=0.25), protocol)
    table = leave_out_empty(whole, LABELLED, 70, 0)
    labelled = {(row.case, int(z)) for row in LABELLED.itertuples() for z in row.labelled.split()}
    assert len(labelled) == 56
    assert labelled < places_of(table) < places_of(whole)
    assert len(places_of(table)) == 70
    for part in ("train", "validation", "test"):
        assert places_of(table[table["part"] == part]) <= places_of(whole[whole["part"] == part])
    assert leave_out_empty(whole, LABELLED, 70, 0).equals(table)
    assert places_of(leave_out_empty(whole, LABELLED, 70, 1)) != places_of(table)


def test_slices_with_label_stay_however_many_and_a_case_without_any_leaves():
    whole = make_folds(LABELLED, Folds(count=1, test_fraction=0.25), "clean")
    table = leave_out_empty(whole, LABELLED, 10, 0)
    assert len(places_of(table)) == 56
    assert set(table["case"]) == set(LABELLED["case"][LABELLED["labelled"] != ""])
    assert places_of(leave_out_empty(whole, LABELLED, 1000, 0)) == places_of(whole)


def test_the_spleens_of_the_hlenet_study_keep_the_slices_with_spleen(tmp_path):
    overrides = {"hlenet": {"datasets": {"spleen": {"folds": {"keep_slices": 20}}}}}
    plan = make_plan(load_config({"studies": "hlenet", "experiments": "hlenet_spleen", "overrides": overrides}))
    (run,) = plan.all_runs.values()
    write_phantom("msd", tmp_path / "spleen", **SMALL_PHANTOMS["msd"])
    settings = plan.check_settings(run.dataset.key).model_copy(update={"folder": str(tmp_path / "spleen")})
    source = tmp_path / "work/spleen/source.json"
    write_source(tmp_path / "spleen", "folder", source)
    check_dataset.main(settings, source, tmp_path / "faults.csv", 1, tmp_path / "cases.csv")
    split_folds.main(plan.fold_settings(run.folds_key), tmp_path / "cases.csv", tmp_path / "folds.csv")
    table = read_folds(tmp_path / "folds.csv").set_index("case")["slices"]
    assert sum(len(slices.split()) for slices in table) == 20
    for case in open_dataset("msd", tmp_path / "spleen").cases:
        held = np.flatnonzero(read_image(case.labels[0]).array.any(axis=(0, 1)))
        assert {*map(str, held)} <= {*table[case.id].split()}


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
    return pd.DataFrame(scans, columns=["case", "patient"]).assign(site="", part="")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_scans_of_isles_are_divided_into_the_printed_numbers(isles, seed):
    assert (len(isles), isles["patient"].nunique()) == (94, 63)
    table = make_folds(isles, Folds(**load_study("pseudo_dwi", "paper").folds | {"seed": seed}), "clean")
    verify_folds(table, "clean")
    assert [len(members(table, part, "case")) for part in ("train", "validation", "test")] == [65, 6, 23]
    assert sum(len(members(table, part)) for part in ("train", "validation", "test")) == 63


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
        {"by": "slice", "count": 2},
        {"by": "slice", "count": 1, "test_cases": 9, "validation_cases": 9},
        {"count": 1, "test_cases": 9},
        {"count": 1, "test_cases": 9, "validation_cases": 9, "test_fraction": 0.1},
    ],
)
def test_settings_that_do_not_belong_together_are_refused(values):
    with pytest.raises(ValidationError):
        Folds(**values)


def test_too_few_patients_for_three_parts():
    with raised(DataError, found="2 patients", expected="at least 3"):
        make_folds(CASES[:4], Folds(count=1, test_fraction=0.5), "clean")

"""Single slices: divided, and left out."""

import numpy as np
import pandas as pd
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.fold_files import read_folds, verify_folds
from segrepro.datasets.folds import Folds, make_folds
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.slice_folds import leave_out_empty
from segrepro.datasets.source import write_source
from segrepro.images.io import read_image
from segrepro.utils.validation import merged
from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import load_study
from segrepro.workflow.plan.make_plan import make_plan
from tests.datasets.fold_cases import CASES, members, places_of
from tests.scans import SMALL_PHANTOMS
from workflow_scripts import check_dataset, split_folds

LABELLED = CASES.assign(labelled=["1 2", "0 1 2 3 4", ""] * 8)


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


def drawn(slices: int, labelled: range) -> pd.DataFrame:
    """A case with so many slices, of which these have a label."""
    return CASES[:1].assign(slices=slices, labelled=" ".join(map(str, labelled)))


@pytest.mark.parametrize(
    ("dataset", "slices", "parts"), [("chaos_ct", 2874, (1507, 377)), ("chaos_mr", 623, (560, 63))]
)
def test_the_slices_of_chaos_are_divided_into_the_printed_numbers(dataset, slices, parts):
    study = load_study("scse", "paper")
    folds = Folds.model_validate(merged(study.folds, study.datasets[dataset].folds)).under("published")
    table = make_folds(drawn(slices, range(300, 1200)), folds, "published")
    places = {part: table["slices"][table["part"] == part].item().split() for part in ("train", "test")}
    assert tuple(map(len, places.values())) == parts
    if folds.keep_slices:
        assert set(map(str, range(300, 1200))) < set(places["train"]) | set(places["test"])


def test_by_slice_the_clean_protocol_validates_on_slices_of_its_own():
    table = make_folds(CASES, Folds(by="slice", count=4, validation_fraction=0.25), "clean")
    verify_folds(table, "clean")
    scored = []
    for _, rows in table.groupby("fold"):
        places = {part: places_of(rows[rows["part"] == part]) for part in ("train", "validation", "test")}
        assert [len(found) for found in places.values()] == [68, 22, 30]
        assert len(set.union(*places.values())) == 120
        scored += sorted(places["test"])
    assert len(scored) == len(set(scored)) == 120


def test_each_part_keeps_its_own_number_of_slices():
    whole = make_folds(LABELLED, Folds(count=1, test_fraction=0.25), "clean")
    keep = {"train": 50, "validation": 10, "test": 20}
    table = leave_out_empty(whole, LABELLED, keep, 0)
    assert {part: len(places_of(rows)) for part, rows in table.groupby("part")} == keep
    labelled = {(row.case, int(z)) for row in LABELLED.itertuples() for z in row.labelled.split()}
    assert labelled < places_of(table) < places_of(whole)


def test_slices_without_label_are_left_out_until_so_many_are_left():
    whole = make_folds(LABELLED, Folds(count=1, test_fraction=0.25), "clean")
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

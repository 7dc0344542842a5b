"""A run's own table of folds on disk, and folds of one's own as such a table."""

import json

import pandas as pd
import pytest

from segrepro.datasets.fold_files import read_folds, verify_folds, write_folds
from segrepro.datasets.folds import Folds, make_folds
from segrepro.utils.errors import DataError
from tests.raised import raised

CASES = pd.DataFrame(
    [(f"{patient}{visit}", patient, "", "") for patient in "abcdef" for visit in (1, 2)],
    columns=["case", "patient", "site", "part"],
)
SPLITS = [
    {"train": [f"{p}{v}" for p in "abcd" for v in (1, 2)], "val": ["e1", "e2", "f1", "f2"]},
    {"train": [f"{p}{v}" for p in "ef" for v in (1, 2)], "val": [f"{p}{v}" for p in "abcd" for v in (1, 2)]},
]


@pytest.fixture
def folds(tmp_path):
    path = tmp_path / "splits_final.json"
    path.write_text(json.dumps(SPLITS))
    return Folds(file=str(path), count=7, by="site").planned()


def test_what_was_written_is_read(tmp_path, folds):
    table = make_folds(CASES, folds, "clean")
    write_folds(table, tmp_path / "folds.csv")
    pd.testing.assert_frame_equal(read_folds(tmp_path / "folds.csv"), table)


def test_folds_of_a_file_are_its_own_with_a_validation_part_drawn_by_patient(folds):
    assert folds.count == 2
    table = make_folds(CASES, folds, "clean")
    verify_folds(table, "clean")
    for number, split in enumerate(SPLITS):
        parts = {part: set(rows.case) for part, rows in table[table.fold == number].groupby("part")}
        assert parts["test"] == set(split["val"])
        assert parts["train"] | parts["validation"] == set(split["train"])
        assert not parts["train"] & parts["validation"]
        assert parts["validation"]


def test_under_the_published_protocol_the_scored_part_validates(folds):
    table = make_folds(CASES, folds, "published")
    verify_folds(table, "published")
    parts = {part: set(rows.case) for part, rows in table[table.fold == 0].groupby("part")}
    assert parts["validation"] == parts["test"] == set(SPLITS[0]["val"])
    assert parts["train"] == set(SPLITS[0]["train"])


def test_a_validation_part_of_ones_own_is_kept(tmp_path):
    rows = [("0", "a1", "train"), ("0", "b1", "validation"), ("0", "c1", "test")]
    (tmp_path / "folds.csv").write_text("fold,case,part\n" + "".join(",".join(row) + "\n" for row in rows))
    table = make_folds(CASES, Folds(file=str(tmp_path / "folds.csv")).planned(), "clean")
    assert table[["case", "part"]].to_numpy().tolist() == [["a1", "train"], ["b1", "validation"], ["c1", "test"]]


def test_a_file_that_changed_since_the_plan_is_refused(tmp_path, folds):
    (tmp_path / "splits_final.json").write_text(json.dumps(SPLITS[:1]))
    with raised(DataError, found="another content"):
        make_folds(CASES, folds, "clean")


def test_one_patient_cannot_train_and_validate(tmp_path):
    (tmp_path / "folds.csv").write_text("fold,case,part\n0,a1,train\n0,a2,train\n0,b1,test\n")
    with raised(DataError, found="one patient to train on in fold 0"):
        make_folds(CASES, Folds(file=str(tmp_path / "folds.csv")).planned(), "clean")

"""Folds of one's own are read and checked: every fault of the file at once."""

import json

import pytest

from segrepro.datasets.own_folds import matched, read_own_folds
from segrepro.utils.errors import DataError

PATIENTS = {"a1": "a", "a2": "a", "b": "b", "c": "c", "d": "d"}
SPLITS = [{"train": ["a1", "a2", "b"], "val": ["c", "d"]}, {"train": ["c", "d"], "val": ["a1", "a2", "b"]}]


@pytest.fixture
def written(tmp_path):
    def write(name: str, text: str):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_nnunets_file_and_a_table_are_the_same_folds(written):
    rows = [
        (number, case, {"val": "test"}.get(part, part))
        for number, fold in enumerate(SPLITS, 1)
        for part, cases in fold.items()
        for case in cases
    ]
    table = "part,fold,case\n" + "".join(f"{part},{fold},{case}\n" for fold, case, part in rows)
    found = read_own_folds(written("splits_final.json", json.dumps(SPLITS)))
    assert found == read_own_folds(written("folds.csv", table))
    assert found[0] == {"train": ["a1", "a2", "b"], "test": ["c", "d"]}
    assert matched("f", found, PATIENTS) == found


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("gone.json", None, "no such file"),
        ("a.json", "{", "no folds"),
        ("a.json", "{}", "no list of folds"),
        ("a.json", "[]", "no fold"),
        ("a.json", '[{"train": ["a"], "vall": []}]', "vall"),
        ("a.csv", "fold,case\n0,a\n", "part"),
        ("a.csv", "fold,case,part\n0,a,tset\n", "Did you mean test?"),
        ("a.csv", "fold,case,part\nx,a,test\n", "invalid literal"),
        ("a.csv", "", "no folds"),
    ],
)
def test_what_is_no_file_of_folds_is_one_line(written, tmp_path, name, text, found):
    path = written(name, text) if text is not None else tmp_path / name
    with pytest.raises(DataError) as error:
        read_own_folds(path)
    assert error.value.where == str(path)
    assert found in error.value.found
    assert "\n" not in str(error.value)


def test_every_fault_comes_at_once():
    wrong = [
        {"train": ["a1", "bb", "b"], "test": ["a2", "c", "c"]},
        {"train": [], "test": ["c"]},
    ]
    with pytest.raises(DataError) as error:
        matched("f", wrong, PATIENTS)
    assert [line.partition("found ")[2].partition(";")[0] for line in str(error.value).splitlines()] == [
        "the case bb in fold 0",
        "the case c twice in fold 0",
        "the patient a in test and train of fold 0",
        "no case in the part train of fold 1",
        "the case c scored by 3 folds",
        "3 cases that no fold scores, such as a1",
    ]


def test_names_are_those_of_the_files_or_the_ids():
    patients = {"M-ller-1-0b9a": "p", "c": "c"}
    assert matched("f", [{"train": ["c"], "test": ["M-ller-1-0b9a"]}], patients)[0]["test"] == ["M-ller-1-0b9a"]

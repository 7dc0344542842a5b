"""Scores as scripts."""

import json

import numpy as np
import pandas as pd

from segrepro.report.page.score_files import write_curves, write_score_files


def read(path):
    return json.loads(path.read_text().removeprefix("segreproFile(").removesuffix(");\n"))


def frame(method: str, values: list[float], seed: int = 0, label: str = "lesion") -> pd.DataFrame:
    cases = [f"c{i}" for i in range(len(values))]
    rows = pd.DataFrame({"experiment": method, "seed": seed, "case": cases, "patient": cases, "site": np.nan})
    return rows.assign(unit="case", label=label, fold=0, checkpoint="best", note="", dice=values)


def test_a_file_a_measure_in_the_order_of_the_cases(tmp_path):
    scores = pd.concat([frame("a", [0.1, np.nan, 0.3]), frame("a", [0.2, 0.3, 0.4], 7), frame("b", [0.123456789, 0.5])])
    index = write_score_files(scores, {"a": "one", "b": "one"}, tmp_path / "s")
    assert index.measures == {"case": ["dice"]}
    assert index.labels == {"case": {"a": ["lesion"], "b": ["lesion"]}}
    assert index.scored == {"a": ["dice"], "b": ["dice"]}
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["case-dice.js", "cases-case.js"]
    assert read(tmp_path / "s/cases-case.js")["one"] == {
        "case": ["c0", "c1", "c2"],
        "patient": ["c0", "c1", "c2"],
        "site": ["", "", ""],
    }
    content = read(tmp_path / "s/case-dice.js")
    assert content["a"]["lesion"] == [[0.1, None, 0.3], [0.2, 0.3, 0.4]]
    # The last case was not scored by it.
    assert content["b"]["lesion"] == [[0.12346, 0.5, ""]]


def test_equal_cases_of_two_data_sets_stay_apart(tmp_path):
    scores = pd.concat([frame("a", [0.1]), frame("b", [0.2, 0.3])])
    write_score_files(scores, {"a": "one", "b": "two"}, tmp_path / "s")
    listed = read(tmp_path / "s/cases-case.js")
    assert {name: own["case"] for name, own in listed.items()} == {"one": ["c0"], "two": ["c0", "c1"]}


def test_a_data_set_whose_cases_name_a_site_is_known(tmp_path):
    sited = frame("b", [0.2, 0.3]).assign(site=["", "Utrecht"])
    index = write_score_files(pd.concat([frame("a", [0.1]), sited]), {"a": "one", "b": "two"}, tmp_path / "s")
    assert index.with_sites == ["two"]


def test_curves_are_means_over_folds(tmp_path):
    curves = pd.DataFrame({"epoch": [0, 1, 0, 1], "run": "a", "fold": [0, 0, 1, 1], "train_loss": [1.0, 0.5, 3.0, 1.5]})
    write_curves(curves.assign(validation_loss=[np.nan, 1.0, np.nan, 2.0]), tmp_path / "curves.js")
    assert read(tmp_path / "curves.js") == {"a": {"train_loss": [2.0, 1.0], "validation_loss": [None, 1.5]}}

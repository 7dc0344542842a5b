"""The table of what a fold predicted."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from segrepro.images.io import read_image
from segrepro.inference.case_rows import masked_row, scored_slices, write_rows
from segrepro.utils.csv_files import read_csv
from tests.scans import prepared_record


def test_a_row_names_the_mask_and_what_it_belongs_to(tmp_path):
    mask = np.zeros((4, 3, 2), np.uint8)
    mask[1] = 3
    rows = [masked_row(prepared_record(name), mask, tmp_path / "predictions", "found") for name in "ba"]
    slices = pd.Series({"a": "0 1", "b": ""})
    write_rows(rows, SimpleNamespace(fold=2, checkpoint="best"), slices, tmp_path / "predictions.csv")
    table = read_csv(tmp_path / "predictions.csv")
    assert table["case"].tolist() == ["b", "a"]
    assert table["slices"].tolist() == ["", "0 1"]
    assert set(table["fold"]) == {2}
    assert set(table["note"]) == {"found"}
    np.testing.assert_array_equal(read_image(table["prediction"][0]).array, mask)


def test_the_cases_that_a_fold_scores():
    rows = [(0, "a", "test", ""), (0, "b", "train", ""), (1, "b", "test", "3 4")]
    folds = pd.DataFrame(rows, columns=["fold", "case", "part", "slices"])
    assert scored_slices(folds, 1).to_dict() == {"b": "3 4"}

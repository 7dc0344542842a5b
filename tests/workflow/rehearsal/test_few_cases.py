"""A division of a few cases fills a batch, with labelled slices first."""

import json

import numpy as np
import pytest

from segrepro.datasets.fold_files import read_folds
from segrepro.workflow.rehearsal import few_cases
from segrepro.workflow.rehearsal.few_cases import write_few_folds


class Cases:
    """Cases of four slices, of which the last is labelled."""

    ids = ("a", "b", "c", "d")

    def array(self, case: str, channel: str) -> np.ndarray:
        label = np.zeros((4, 2, 2), np.uint8)
        label[3] = 1
        return label


@pytest.mark.parametrize(
    ("batch", "train", "validation"), [(3, ["3 0", "3"], "3 0 1"), (9, ["3 0 1 2 3", "3 0 1 2"], "3 0 1 2 3 0 1 2 3")]
)
def test_each_part_holds_a_batch(monkeypatch, tmp_path, batch, train, validation):
    monkeypatch.setattr(few_cases, "open_prepared", lambda files: Cases())
    write_few_folds([], batch, tmp_path / "folds.csv")
    found = read_folds(tmp_path / "folds.csv")
    by_part = {part: rows["slices"].tolist() for part, rows in found.groupby("part")}
    assert [sorted(part.split()) for part in by_part["train"]] == [sorted(part.split()) for part in train]
    assert sorted(by_part["validation"][0].split()) == sorted(validation.split())
    assert by_part["test"] == [""]
    assert found["case"].tolist() == ["a", "b", "c", "d"], json.dumps(by_part)

"""Patients drawn by the seed."""

import pandas as pd
import pytest

from segrepro.datasets.fold_files import verify_folds
from segrepro.datasets.folds import Folds, make_folds


@pytest.mark.parametrize("folds", [{"count": 5}, {"count": 1, "test_fraction": 0.4}, {"by": "site", "count": 3}])
def test_the_validation_part_has_its_share_of_each_site(folds):
    cases = pd.DataFrame({"case": [f"c{number:02d}" for number in range(60)], "part": ""})
    cases = cases.assign(patient=cases["case"], site=["Utrecht", "Singapore", "GE3T"] * 20)
    table = make_folds(cases, Folds(**folds, validation_by_site=True), "clean")
    verify_folds(table, "clean")
    counts = table.merge(cases[["case", "site"]]).groupby(["fold", "site", "part"]).size().unstack(fill_value=0)
    learned = counts[counts["train"] > 0]
    assert len(learned) == {"5": 15, "1": 3, "3": 6}[str(folds["count"])]
    for _, row in learned.iterrows():
        assert row["validation"] == round(0.2 * (row["train"] + row["validation"]))

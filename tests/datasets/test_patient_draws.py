"""Patients drawn by the seed."""

import pandas as pd
import pytest

from segrepro.datasets.fold_files import verify_folds
from segrepro.datasets.folds import Folds, make_folds
from segrepro.datasets.patient_draws import CasesOfSize, draw_sizes
from segrepro.utils.errors import DataError
from tests.raised import raised

SIZES = [CasesOfSize(ml=ml, cases=cases) for ml, cases in (((0, 10), 9), ((10, 50), 10), ((50, 1e5), 4))]
# 63 patients, of whom half have a second scan of another size.
SCANS = [
    (f"p{number}", (5.0, 20.0, 80.0)[(number + scan) % 3]) for number in range(63) for scan in range(1 + number % 2)
]


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


@pytest.mark.parametrize("seed", range(5))
def test_whole_patients_have_the_wanted_cases_of_each_size(seed):
    drawn = draw_sizes(SCANS, SIZES, (seed, 0))
    held = [ml for patient, ml in SCANS if patient in drawn]
    assert [held.count(ml) for ml in (5.0, 20.0, 80.0)] == [9, 10, 4]
    assert drawn == draw_sizes(SCANS, SIZES, (seed, 0))
    assert drawn != draw_sizes(SCANS, SIZES, (seed + 1, 0))


def test_a_patient_with_a_case_of_another_size_is_not_drawn():
    cases, small = [("a", 20.0), ("a", 5.0), ("b", 5.0), ("c", 5.0)], [CasesOfSize(ml=(0, 10), cases=1)]
    assert all("a" not in draw_sizes(cases, small, (seed, 0)) for seed in range(9))


def test_sizes_that_cannot_be_had_are_told_with_what_there_is():
    with raised(DataError, found="3 cases of 3 patients .* 2, 1, 0 of the sizes", expected="9, 10, 4 cases"):
        draw_sizes([("a", 5.0), ("b", 5.0), ("c", 20.0)], SIZES, (0, 0))

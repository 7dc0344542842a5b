"""The data that the paper used beside the data found here."""

import pandas as pd

from segrepro.datasets.integrity.found import SetFound
from segrepro.datasets.releases import paper_facts
from segrepro.datasets.releases.release import Facts, Spread
from segrepro.report.page.data_facts import DatasetFacts, drawn_parts, fact_rows

FACTS = {"name": "isles2018", "title": "ISLES 2018", "source": "folder", "version": "1"}


def spread(low, high, mean):
    return Spread(low=low, high=high, mean=mean)


def test_what_differs_is_marked_and_what_the_paper_does_not_say_is_left_out():
    found = Facts(
        cases=94,
        patients=60,
        slices=502,
        slices_a_case=spread(2, 22, 5.3404),
        pixel_mm=spread(0.796, 1.0391, 0.9),
        slice_mm=spread(1, 1, 1),
    )
    rows = {row.name: row for row in fact_rows(paper_facts("isles2018", "isles2018"), found, {})}
    assert "Slices" not in rows  # the paper states no sum
    assert [rows[name].differs for name in ("Cases", "Patients", "Slices a case", "Pixel (mm)")] == [False, True] + [
        False
    ] * 2
    assert (rows["From slice to slice (mm)"].paper, rows["From slice to slice (mm)"].found) == (
        "4 to 12, mean 9.48",
        "1",
    )
    assert rows["From slice to slice (mm)"].differs
    assert (rows["Time points"].found, rows["Time points"].differs) == ("", None)


def test_a_division_is_compared_where_the_data_set_is_divided():
    paper = Facts(division={"train": 2000, "validation": 150, "test": 600})
    rows = fact_rows(paper, Facts(division={"train": 2000, "validation": 150, "test": 599}), {"test": 1})
    assert [(row.name, row.differs) for row in rows] == [
        ("Train (cases)", False),
        ("Validation (cases)", False),
        ("Test (cases)", True),
    ]
    assert [row.differs for row in fact_rows(paper, Facts(), {})] == [None] * 3


def folds(rows, count=1):
    table = pd.DataFrame(rows, columns=["case", "part", "slices"])
    return pd.concat([table.assign(fold=fold) for fold in range(count)])


def test_a_study_that_divides_an_undivided_set_says_how():
    """As ISLES 2018 by cases, in two folds and in one, and CHAOS by slices."""
    whole = [("a", "train", ""), ("b", "train", ""), ("c", "validation", ""), ("d", "test", "")]
    sliced = [("a", "train", "0 1 4"), ("a", "test", "2 3"), ("b", "train", "7")]
    drawn = drawn_parts([folds(whole[:2], 2), folds(whole), folds(sliced)])
    assert drawn == {"cases": {"train": 2, "validation": 1, "test": 1}, "slices": {"train": 4, "test": 2}}
    paper = Facts(division={"train": 4, "test": 3}, divided="slices")
    found = DatasetFacts(
        **FACTS, paper=paper, found=SetFound(facts=Facts(), told="", notes=[], whole=True, own=False), drawn=drawn
    )
    assert [(row.name, row.found, row.differs) for row in found.compared] == [
        ("Train (slices)", "4", False),
        ("Test (slices)", "2", True),
    ]


def test_only_what_is_not_a_whole_release_falls_short():
    def shortfall(**facts):
        return DatasetFacts(**FACTS, found=SetFound(facts=Facts(), notes=[], **facts)).shortfall

    assert shortfall(told="ISLES 2018: complete", whole=True, own=False) == ""
    assert shortfall(told="CHAOS CT: 18 of 20 patients", whole=False, own=False) == "CHAOS CT: 18 of 20 patients"
    assert DatasetFacts(**FACTS).shortfall == ""
    assert DatasetFacts(**FACTS).compared == []

"""The data that the paper used beside the data found here."""

from segrepro.datasets.integrity.found import SetFound
from segrepro.datasets.releases import paper_facts
from segrepro.datasets.releases.release import Facts, Spread
from segrepro.report.page.data_facts import DatasetFacts, fact_rows

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
    rows = {row.name: row for row in fact_rows(paper_facts("isles2018", "isles2018"), found)}
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
    rows = fact_rows(paper, Facts(division={"train": 2000, "validation": 150, "test": 599}))
    assert [(row.name, row.differs) for row in rows] == [
        ("Train (cases)", False),
        ("Validation (cases)", False),
        ("Test (cases)", True),
    ]
    assert [row.differs for row in fact_rows(paper, Facts())] == [None] * 3


def test_only_what_is_not_a_whole_release_falls_short():
    def shortfall(**facts):
        return DatasetFacts(**FACTS, found=SetFound(facts=Facts(), notes=[], **facts)).shortfall

    assert shortfall(told="ISLES 2018: complete", whole=True, own=False) == ""
    assert shortfall(told="CHAOS CT: 18 of 20 patients", whole=False, own=False) == "CHAOS CT: 18 of 20 patients"
    assert DatasetFacts(**FACTS).shortfall == ""
    assert DatasetFacts(**FACTS).compared == []

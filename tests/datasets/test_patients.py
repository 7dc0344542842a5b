"""patients.csv says whose cases are, and names that look like visits are hinted at."""

import pytest

from segrepro.datasets.case import Case
from segrepro.datasets.patients import visits_hint, with_patients
from segrepro.utils.errors import DataError
from tests.raised import raised


def cases(*names: str) -> list[Case]:
    return [Case(name, name, "", {}) for name in names]


def test_without_the_file_cases_stay(tmp_path):
    assert with_patients(tmp_path, cases("a", "b")) == cases("a", "b")


def test_a_file_that_is_not_there_any_more_does_not_part_patients(tmp_path):
    (tmp_path / "patients.csv").symlink_to(tmp_path / "not fetched")
    with raised(DataError, where="patients.csv", found="no regular file"):
        with_patients(tmp_path, cases("a", "b"))


def test_the_file_names_each_cases_patient(tmp_path):
    (tmp_path / "patients.csv").write_text("site,patient,case\nx,Ann,p1_v1\nx,Ann,p1_v2\ny,Bob,q\n")
    found = with_patients(tmp_path, cases("p1_v1", "p1_v2", "q"))
    assert [case.patient for case in found] == ["Ann", "Ann", "Bob"]
    assert [case.id for case in found] == ["p1_v1", "p1_v2", "q"]


def test_every_fault_of_the_file_comes_at_once(tmp_path):
    (tmp_path / "patients.csv").write_text("case,patient\na,1\na,2\nbb,3\nc,\n")
    with pytest.raises(DataError) as error:
        with_patients(tmp_path, cases("a", "b", "c"))
    assert [line.partition("found ")[2].partition(";")[0] for line in str(error.value).splitlines()] == [
        "the case a twice",
        "the case bb",
        "no patient of the case c",
        "no row of the case b",
    ]


def test_other_columns_are_refused(tmp_path):
    (tmp_path / "patients.csv").write_text("id,who\na,1\n")
    with raised(DataError, found="the columns id, who", expected="case, patient"):
        with_patients(tmp_path, cases("a"))


@pytest.mark.parametrize(
    ("names", "hinted"),
    [
        (("p1_v1", "p1_v2"), True),
        (("sub-3_ses-01", "sub-3_ses-02"), True),
        (("p1-t0", "p1-t12"), True),
        (("p1_v1", "p2_v1"), False),
        (("case_001", "case_002"), False),
        (("t1", "t2"), False),
    ],
)
def test_only_names_that_differ_in_a_visits_number_are_hinted_at(names, hinted):
    assert bool(visits_hint({name: name for name in names})) is hinted


def test_cases_with_a_patient_of_their_own_need_no_hint():
    assert visits_hint({"p1_v1": "p1", "p1_v2": "p1"}) == ""

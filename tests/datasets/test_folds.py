import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segrepro.datasets.folds import COLUMNS, read_folds, split_folds, verify_folds, write_folds
from segrepro.utils.errors import ConfigError, DataError
from tests.raised import raised


@st.composite
def cohorts(draw):
    """Cases of 3 to 20 patients with one to three time points, in any order."""
    visits = draw(st.lists(st.integers(1, 3), min_size=3, max_size=20))
    cases = [(f"p{p}-t{t}", f"p{p}") for p, count in enumerate(visits) for t in range(count)]
    return draw(st.permutations(cases))


def members(table, fold, part):
    return set(table.case[(table.fold == fold) & (table.part == part)])


@given(cohorts(), st.integers(2, 6), st.integers(0, 99), st.sampled_from(["published", "clean"]), st.floats(0, 0.9))
def test_no_patient_is_parted_and_every_case_scored_once(cases, k, seed, protocol, fraction):
    patient = dict(cases)
    assume(len(set(patient.values())) >= max(k, 4 if protocol == "clean" else 2))
    table = split_folds(cases, k, seed, protocol, fraction)
    assert tuple(table.columns) == COLUMNS
    assert sorted(table.case[table.part == "test"]) == sorted(patient)
    assert dict(zip(table.case, table.patient)) == patient
    verify_folds(table, protocol)
    for fold in range(k):
        train, validation, test = (members(table, fold, p) for p in ("train", "validation", "test"))
        assert train
        assert validation
        assert train | validation | test == set(patient)
        people = [{patient[c] for c in part} for part in (train, validation, test)]
        assert not people[0] & people[2]
        assert not people[0] & people[1]
        assert (validation == test) if protocol == "published" else not people[1] & people[2]


@given(cohorts(), st.integers(0, 9))
def test_the_same_seed_gives_the_same_folds(cases, seed):
    pd.testing.assert_frame_equal(split_folds(cases, 3, seed), split_folds(cases, 3, seed))


def test_patients_may_stay_in_the_order_of_the_data_set():
    """The larger blocks come first, as in scikit-learn's KFold without shuffling."""
    cases = [(f"c{i:02d}", f"c{i:02d}") for i in range(8)]
    table = split_folds(cases, 3, protocol="published", shuffle=False)
    assert [sorted(members(table, fold, "test")) for fold in range(3)] == [
        ["c00", "c01", "c02"],
        ["c03", "c04", "c05"],
        ["c06", "c07"],
    ]


def test_the_clean_protocol_shuffles_and_takes_its_share_for_validation():
    cases = [(f"c{i:03d}", f"c{i:03d}") for i in range(100)]
    table = split_folds(cases, 5, seed=1, validation_fraction=0.25)
    sizes = table.groupby(["fold", "part"]).size().unstack()
    assert sizes.to_numpy().tolist() == [[20, 60, 20]] * 5
    assert sorted(members(table, 0, "test")) != [f"c{i:03d}" for i in range(20)]
    other = split_folds(cases, 5, seed=2, validation_fraction=0.25)
    assert members(table, 0, "test") != members(other, 0, "test")


def test_both_protocols_score_the_same_patients_in_a_fold():
    cases = [(f"c{i}", f"c{i}") for i in range(9)]
    clean, printed = (split_folds(cases, 3, 1, protocol) for protocol in ("clean", "published"))
    assert members(clean, 0, "test") == members(printed, 0, "test") != {"c0", "c1", "c2"}


@pytest.mark.parametrize(("patients", "k", "protocol"), [(4, 5, "clean"), (3, 2, "clean"), (1, 1, "published")])
def test_too_few_patients(patients, k, protocol):
    cases = [(f"p{p}-t{t}", f"p{p}") for p in range(patients) for t in range(3)]
    with raised(DataError, found=f"{patients} patients for {k} folds") as error:
        split_folds(cases, k, protocol=protocol)
    assert "\n" not in str(error.value)


def test_a_case_id_twice_and_an_unknown_protocol_are_refused():
    with raised(DataError, found="a case id twice"):
        split_folds([("a", "1"), ("a", "2"), ("b", "3")], 2)
    with raised(ConfigError, remedy="Did you mean published"):
        split_folds([("a", "1")], 2, protocol="publish")


def test_folds_come_back_from_their_file_as_they_were(tmp_path):
    cases = [(name, name) for name in ("031768", "NA", "1e5", "null", "007")]
    table = split_folds(cases, 2)
    write_folds(table, tmp_path / "folds.csv")
    pd.testing.assert_frame_equal(read_folds(tmp_path / "folds.csv"), table)
    assert [p.name for p in tmp_path.iterdir()] == ["folds.csv"]


@pytest.mark.parametrize("text", ["", "fold,case\n0,a\n", "fold,case,patient,part\n0,a,a,exam\n", "\x00\x01"])
def test_a_damaged_file_of_folds_is_refused(tmp_path, text):
    (tmp_path / "folds.csv").write_text(text)
    with raised(DataError, where="folds.csv"):
        read_folds(tmp_path / "folds.csv")


def test_a_missing_file_of_folds_is_refused(tmp_path):
    with raised(DataError, found="no such file"):
        read_folds(tmp_path / "folds.csv")


@pytest.mark.parametrize(
    ("rows", "protocol", "found"),
    [
        (
            [(0, "a", "p", "train"), (0, "b", "p", "test"), (1, "a", "p", "test")],
            "clean",
            "patient p in both",
        ),
        ([(0, "a", "p", "validation"), (0, "a", "p", "test")], "clean", "both validation and test of fold 0"),
        ([(0, "a", "p", "train"), (0, "a", "p", "test")], "published", "both train and test of fold 0"),
        ([(0, "a", "p", "test"), (1, "a", "p", "test")], "clean", "scored twice or never"),
        ([(0, "a", "p", "test"), (0, "b", "q", "train"), (1, "c", "r", "test")], "clean", "scored twice or never"),
    ],
)
def test_folds_that_leak_are_refused(rows, protocol, found):
    with raised(DataError, found=found):
        verify_folds(pd.DataFrame([(*row, "") for row in rows], columns=list(COLUMNS)), protocol)


def test_printed_folds_leak_by_the_clean_protocol():
    table = split_folds([(c, c) for c in "abcd"], 2, protocol="published")
    verify_folds(table, "published")
    with raised(DataError, found="both validation and test"):
        verify_folds(table, "clean")

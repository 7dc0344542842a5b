"""What a release is known for is a note; what a copy lacks is a fault."""

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.facts import CaseFacts
from segrepro.datasets.integrity.fault import Fault
from segrepro.datasets.integrity.known import known_or_not, slices_against
from segrepro.datasets.releases.recognise import recognise
from tests.datasets.releases.trees import chaos, isic, write_tree


def fault(case, kind, other=""):
    return Fault(case, f"{case}.jpg", "x", "y", "Mend it.", kind, other)


def test_the_releases_own_oddities_are_notes_and_others_stay_faults(tmp_path):
    (found,) = recognise(write_tree(tmp_path, isic(Training=3, Test_v2=2)))
    equal, broken = fault("ISIC_0012271", "same image", "ISIC_0012300"), fault("ISIC_0000001", "empty mask")
    faults, notes = known_or_not([equal, broken], found)
    assert faults == [broken]
    assert [note.case for note in notes] == ["ISIC_0012271"]
    assert "isic_duplicate_removal_strategy" in notes[0].remedy


def test_in_a_set_of_ones_own_nothing_is_known(tmp_path):
    (found,) = recognise(write_tree(tmp_path, isic(Training=3)))
    equal = fault("ISIC_0012271", "same image")
    assert known_or_not([equal], found.as_own()) == ([equal], [])
    assert known_or_not([equal], None) == ([equal], [])


def test_an_extreme_value_is_a_note_anywhere():
    extreme = fault("case", "extreme value")
    assert known_or_not([extreme], None) == ([], [extreme])


def facts(folder, patient, slices):
    image = folder / "Train_Sets" / "CT" / patient / "DICOM_anon"
    return CaseFacts(Case(patient, patient, "", {"ct": image}), slices, 512, 512, 0.7, 2.0, None)


def test_a_patient_with_fewer_slices_than_published_is_a_fault(tmp_path):
    (found,) = recognise(write_tree(tmp_path, chaos()))
    same, faults = slices_against(found, [facts(tmp_path, "1", 96), facts(tmp_path, "2", 80), facts(tmp_path, "5", 95)])
    assert not same.own
    assert [(one.case, one.found, one.expected) for one in faults] == [("2", "80 slices", "81, as CHAOS CT has")]


def test_where_most_numbers_of_slices_differ_it_is_another_set(tmp_path):
    (found,) = recognise(write_tree(tmp_path, chaos()))
    other, faults = slices_against(
        found, [facts(tmp_path, "1", 10), facts(tmp_path, "2", 10), facts(tmp_path, "5", 95)]
    )
    assert other.own
    assert faults == []

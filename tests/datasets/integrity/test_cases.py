"""What can be wrong between cases."""

from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.cases import (
    empty_parts,
    missing_modalities,
    name_faults,
    part_faults,
    same_images,
    too_few,
)


def case(name, patient=None, part=None, modalities=("t1",)):
    images = {modality: Path(f"{name}_{modality}.nii.gz") for modality in modalities}
    return Case(name, patient or name, "", images, (Path(f"{name}_label.nii.gz"),), part=part)


def test_a_modality_that_like_cases_have_is_missed():
    cases = [case("a", modalities=("t1", "flair")), case("b"), case("c", part="test")]
    (fault,) = missing_modalities(cases, required=())
    assert (fault.case, fault.found) == ("b", "no flair beside it")
    assert [one.case for one in missing_modalities(cases, required=("flair",))] == ["b", "c"]
    assert missing_modalities(cases, (), optional=("flair",)) == []


def test_names_are_written_one_way():
    assert [fault.found for fault in name_faults([case("a"), case("a")])] == ["2 cases of this id"]
    (fault,) = name_faults([case("p1", "Anna"), case("p2", "anna")])
    assert fault.found == "the patient anna beside Anna"


def test_a_patient_belongs_to_one_part():
    (fault,) = part_faults([case("a", "p", "train"), case("b", "p", "test"), case("c", "q", "test")])
    assert (fault.case, fault.found) == ("b", "patient p in test and train")


def test_an_image_met_before_names_the_first():
    digests = [("a", Path("a.png"), "1"), ("b", Path("b.png"), "2"), ("c", Path("c.png"), "1")]
    (fault,) = same_images(digests)
    assert (fault.case, fault.found, fault.other) == ("c", "the same voxels as a.png", "a")


def test_folds_need_patients():
    cases = [case(name) for name in "abc"]
    assert too_few(cases, Path("set"), 3) == []
    (fault,) = too_few(cases, Path("set"), 2)
    assert (fault.found, fault.expected) == ("3 patients", "at least 4 for 2 folds")
    (fault,) = empty_parts([case("a", part="train")], Path("set"), ("train", "test"))
    assert fault.found == "no case of the part test"

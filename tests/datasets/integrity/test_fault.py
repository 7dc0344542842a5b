"""A fault in words."""

from segrepro.datasets.integrity.fault import Fault


def test_a_fault_names_the_file_or_else_the_case():
    fault = Fault("c1", "/scans/c1.nii.gz", "5 bytes", "an image", "Copy it again.")
    assert str(fault) == "/scans/c1.nii.gz: found 5 bytes; expected an image. Copy it again."
    assert str(Fault("c1", "", "no label", "one", "")) == "case c1: found no label; expected one."


def test_what_is_known_of_a_release_names_its_source():
    known = Fault("c1", "", "a picture twice", "pictures that differ", "Remove one.").as_known("its page")
    assert known.remedy == "Known of this release (its page)."
    assert known.found == "a picture twice"

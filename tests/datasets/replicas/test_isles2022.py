import nibabel as nib

from segrepro.datasets import open_dataset
from tests.datasets.replicas.looking import looked_at


def test_250_cases_of_which_three_are_empty(replica):
    folder = replica("isles2022", shrink=16)
    name, words, faults, notes = looked_at(folder, "isles2022")
    assert (name, faults) == ("isles2022", [])
    assert words.startswith("ISLES 2022: complete: 250 of 250 cases")
    assert [note.found for note in notes] == ["an empty label"] * 3
    case = open_dataset("isles2022", folder).cases[0]
    assert nib.aff2axcodes(nib.load(case.images["dwi"]).affine) == ("L", "A", "S")

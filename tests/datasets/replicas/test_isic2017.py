from collections import Counter

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.replicas.isic2017 import NUMBERS, TWICE
from tests.datasets.replicas.looking import files_in, looked_at


def test_all_pictures_are_there_and_those_that_are_twice_there_are_notes(replica):
    folder = replica("isic2017", shrink=400)
    counts = Counter(path.split("/")[0] for path in files_in(folder))
    assert counts["ISIC-2017_Training_Data"] == 2000 + 2000 + 1
    assert counts["ISIC-2017_Test_v2_Data"] == 1201
    name, words, faults, notes = looked_at(folder, "isic2017")
    assert (name, faults) == ("isic2017", [])
    assert words == (
        "ISIC 2017: complete: 2000 of 2000 training pictures; 150 of 150 validation pictures; 600 of 600 test pictures"
    )
    assert len(notes) == 3
    assert all(note.found.startswith("the same voxels as") for note in notes)
    parts = Counter(case.part for case in open_dataset("isic2017", folder).cases)
    assert parts == {"train": 2000, "validation": 150, "test": 600}


def test_equal_pictures_are_faults_where_no_release_explains_them(replica):
    faults = check_dataset(open_dataset("isic2017", replica("isic2017", shrink=400)))
    assert len(faults) == len(TWICE)
    assert all(fault.found.startswith("the same voxels as") for fault in faults)


def test_known_numbers_stand_where_they_should():
    assert {12175, 12271} <= {*NUMBERS["Training"]}
    assert {12152, 12216} <= {*NUMBERS["Test_v2"]}
    assert NUMBERS["Test_v2"][0] == 12086
    assert len({n for numbers in NUMBERS.values() for n in numbers}) == 2750

from segrepro.datasets import open_dataset
from tests.datasets.replicas.looking import looked_at


def test_the_zips_are_recognised_and_sound(replica):
    folder = replica("wmh2017_zips", shrink=30)
    name, words, faults, notes = looked_at(folder, "wmh2017")
    assert (name, words, faults, notes) == (
        "wmh2017_zips", "WMH 2017, the zips of the challenge: complete: 60 of 60 training scans", [], []
    )  # fmt: skip
    assert {case.site for case in open_dataset("wmh2017", folder).cases} == {"Utrecht", "Singapore", "GE3T"}

from segrepro.datasets import open_dataset
from segrepro.datasets.replicas.isles2018_first import smir_ids
from tests.datasets.replicas.looking import looked_at


def test_the_ids_are_those_of_all_cases_that_were_printed():
    ids = [number for case in range(1, 95) for number in smir_ids(case).values()]
    assert ids == list(range(339202, 339951))
    assert smir_ids(1)["MR_DWI"] == 339206
    assert smir_ids(18)["OT"] == 339341  # which the re-upload keeps


def test_the_whole_release_is_recognised_and_sound(replica):
    folder = replica("isles2018_first", shrink=32)
    name, words, faults, notes = looked_at(folder, "isles2018")
    assert (name, faults, notes) == ("isles2018_first", [], [])
    assert words.startswith("ISLES 2018, first upload: complete: 94 of 94 training cases; 62 of 62 test cases")
    cases = {case.id: case for case in open_dataset("isles2018", folder).cases}
    assert list(cases["case_1"].images) == ["cbf", "cbv", "mtt", "tmax", "dwi", "ct", "ctp"]
    assert [case for case in cases if "ct" not in cases[case].images] == ["case_2", "case_5", "case_6"]
    names = {path.name.split(".")[4] for path in cases["case_9"].images.values()}
    assert names == {"MR_CBF", "MR_CBV", "MR_MTT", "MR_Tmax", "MR_DWI", "CT", "MR_4DPWI"}

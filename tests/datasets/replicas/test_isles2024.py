from segrepro.datasets import open_dataset
from segrepro.datasets.replicas.isles2024 import NUMBERS, WITHOUT_PERFUSION
from tests.datasets.replicas.looking import looked_at


def test_numbers_have_gaps_and_some_patients_no_perfusion():
    assert len(NUMBERS) == 149
    assert (min(NUMBERS), max(NUMBERS)) == (1, 189)
    assert len({*NUMBERS} & {*WITHOUT_PERFUSION}) == 9


def test_it_is_recognised_and_sound(replica):
    folder = replica("isles2024", shrink=64, cases=18)
    name, words, faults, notes = looked_at(folder, "isles2024")
    assert (name, words, faults, notes) == ("isles2024", "ISLES'24: 18 of 149 cases", [], [])
    assert len(open_dataset("isles2024", folder).cases) == 17

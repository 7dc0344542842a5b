"""What a data set has that experiments may need."""

from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.held import Held, held_by, held_by_release
from segrepro.datasets.releases import releases


def test_parts_count_where_their_cases_have_masks():
    cases = [
        Case("a", "a", "", {"t1": Path("a"), "t2": Path("b")}, (Path("m"),), "train", annotations={"o3": Path("n")}),
        Case("b", "b", "", {"t1": Path("c")}, (), "test"),
    ]
    assert held_by(cases) == Held({"t1", "t2"}, {"train"}, {"o3"})
    assert held_by([]) == Held(frozenset())


def test_a_release_holds_what_its_file_says():
    wmh, isles = (releases()[name].set_of(name) for name in ("wmh2017", "isles2018"))
    assert held_by_release(wmh) == Held({"flair", "t1"}, {"train", "test"}, {"observer_o3", "observer_o4"})
    assert held_by_release(isles).parts == {"train"}  # the masks of the test cases are not given out
    assert "dwi" not in held_by_release(isles).modalities

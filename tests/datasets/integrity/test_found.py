"""What a check says of a data set, in words."""

import pytest

from segrepro.datasets.integrity.check import Findings
from segrepro.datasets.integrity.fault import Fault
from segrepro.datasets.integrity.found import note_lines, phantom_found, set_found
from segrepro.datasets.releases.recognise import recognise
from segrepro.datasets.releases.release import Facts
from tests.datasets.releases.trees import CT, chaos, isles, write_tree


def findings(folder, names, notes=(), **facts):
    found = next(iter(recognise(write_tree(folder, names))), None)
    return Findings([], list(notes), found, Facts(**facts))


def test_a_whole_release_is_told_with_its_slices(tmp_path):
    found = set_found(findings(tmp_path, isles() + isles("TESTING", 62), cases=94, slices=502), "isles2018")
    assert found.told.endswith("94 of 94 training cases; 62 of 62 test cases, 502 slices as published")
    assert (found.whole, found.own) == (True, False)


def test_a_half_unpacked_release_and_a_set_of_ones_own_are_no_whole_release(tmp_path):
    half = set_found(findings(tmp_path / "a", chaos(CT[:18]), cases=18), "chaos_ct")
    assert half.told == "CHAOS CT: 18 of 20 patients: 29 and 30 are missing"
    assert (half.whole, half.own) == (False, False)
    own = set_found(findings(tmp_path / "b", ["images/a.png"], cases=1), "slices")
    assert own.told == "a set of one's own in the layout slices: 1 cases"
    assert (own.whole, own.own) == (False, True)


def test_a_folder_one_level_too_low_is_told_with_the_one_to_point_to(tmp_path):
    write_tree(tmp_path, chaos())
    (found,) = recognise(tmp_path / "Train_Sets" / "CT" / "1")
    told = set_found(Findings([], [], found, Facts(cases=1)), "chaos_ct").told
    assert told.endswith(f"this folder lies within it: point to {tmp_path}")


@pytest.mark.parametrize("cases", [["10"], ["10", "14", "19"]])
def test_notes_of_one_kind_are_one_line_with_the_patients_names(tmp_path, cases):
    notes = [Fault(c, f"{c}.dcm", "values up to 49944", "", "Known (source).", "extreme value") for c in cases]
    (line,) = note_lines(findings(tmp_path, chaos(), notes))
    assert "values up to 49944" in line
    assert "Known (source)." in line
    assert all(case in line for case in cases)


def test_phantoms_are_called_synthetic():
    found = phantom_found(Facts(cases=3))
    assert (found.told, found.whole, found.own) == ("synthetic scans", True, False)


def test_a_replica_is_called_one(tmp_path):
    found = set_found(findings(tmp_path, chaos(CT[:18]), cases=18), "chaos_ct", replica=True)
    assert found.told == "a replica of CHAOS CT: 18 of 20 patients: 29 and 30 are missing"

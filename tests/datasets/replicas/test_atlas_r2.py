from segrepro.datasets.replicas.atlas_r2 import COHORTS, SCANS
from tests.datasets.replicas.looking import files_in, looked_at


def test_it_is_recognised_and_its_test_part_left_out(replica):
    folder = replica("atlas_r2", shrink=24, cases=4)
    name, words, faults, notes = looked_at(folder, "atlas")
    assert (name, words) == ("atlas_r2", "ATLAS R2.0: 4 of 655 training scans; 4 of 300 test scans")
    assert (faults, notes) == ([], [])
    assert sum("Testing" in path and "T1lesion_mask" in path for path in files_in(folder)) == 0
    assert sum(SCANS.values()) == 955
    assert len(COHORTS["Training"] + COHORTS["Testing"]) == 44

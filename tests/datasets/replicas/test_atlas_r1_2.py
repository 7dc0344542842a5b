from segrepro.datasets.replicas.atlas_r1_2 import SCANS
from tests.datasets.replicas.looking import files_in, looked_at


def test_it_is_recognised_and_sound_beside_a_zip_left_packed(replica, capsys):
    folder = replica("atlas_r1_2", shrink=24, cases=4)
    name, words, faults, notes = looked_at(folder, "atlas")
    assert (name, words) == ("atlas_r1_2", "ATLAS R1.2, standard space: 4 of 239 scans")
    assert (faults, notes) == ([], [])
    assert "native.zip not unpacked" in capsys.readouterr().err
    stem = "ATLAS R 1.2/standard_MNI/standard_part1/c0003/c0003s0001t01/c0003s0001t01"
    assert {f"{stem}_t1w_stx.nii.gz", f"{stem}_LesionSmooth_stx.nii.gz"} <= {*files_in(folder)}
    assert sum(SCANS.values()) == 239
    assert SCANS["c0003"] == 55

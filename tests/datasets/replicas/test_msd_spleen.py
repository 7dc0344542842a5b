from segrepro.datasets import open_dataset
from tests.datasets.replicas.looking import files_in, looked_at


def test_hidden_files_of_macos_are_no_scans(replica):
    folder = replica("msd_spleen", shrink=48)
    files = files_in(folder)
    assert sum("/._" in path for path in files) == len(files) / 2
    name, words, faults, notes = looked_at(folder, "msd")
    assert (name, faults, notes) == ("msd_spleen", [], [])
    assert words.startswith("MSD Task09 Spleen: complete: 41 of 41 training cases")
    cases = open_dataset("msd", folder).cases
    assert [case.id for case in cases][:3] == ["spleen_10", "spleen_12", "spleen_13"]
    assert len(cases) == 41

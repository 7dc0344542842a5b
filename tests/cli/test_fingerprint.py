"""`segrepro fingerprint` prints and writes what a set is like."""

from tests.scans import write_slices


def test_the_summary_is_printed_and_the_files_are_named(call, tmp_path):
    for seed, name in enumerate("abcd"):
        write_slices(tmp_path / "set", [name], seed=seed)
    code, out, err = call("fingerprint", "set", "-o", "found")
    assert code == 0, err
    assert "4 cases" in out
    assert {path.suffix for path in (tmp_path / "found").iterdir()} == {".json", ".csv", ".png"}


def test_a_folder_of_nothing_is_one_line(call, tmp_path):
    (tmp_path / "set").mkdir()
    code, out, err = call("fingerprint", "set")
    assert (code, out, err.count("\n")) == (2, "", 1)

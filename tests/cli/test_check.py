"""`segrepro check`: all faults at once, and exit code 2."""

import json

from tests.scans import write_slices


def test_a_sound_set_is_counted(call, tmp_path):
    write_slices(tmp_path / "set", ["a", "b"])
    write_slices(tmp_path / "set", ["c"], seed=1)
    write_slices(tmp_path / "set", ["b"], seed=2)
    code, out, _ = call("check", "set", "--layout", "slices")
    assert code == 0, out
    assert "3 cases of 3 patients: no fault" in out


def test_every_fault_is_a_line(call, tmp_path):
    for seed, name in enumerate("abc"):
        write_slices(tmp_path / "set", [name], seed=seed)
    (tmp_path / "set/masks/a.png").unlink()
    (tmp_path / "set/images/b.png").write_bytes(b"half")
    code, out, err = call("check", "set", "--layout", "slices")
    assert code == 2
    lines = err.strip().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("segrepro: ") and "expected" in line for line in lines)
    code, out, _ = call("check", "set", "--layout", "slices", "--json")
    found = json.loads(out)
    assert (code, found["cases"], len(found["faults"])) == (2, 3, 2)


def test_labels_are_whole_numbers(call, tmp_path):
    write_slices(tmp_path / "set", ["a"])
    code, _, err = call("check", "set", "--layout", "slices", "--labels", "1;2")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("segrepro: --labels: found '1;2'")

"""`segrepro check`: which release it is, what can be run, all faults at once, and exit code 2."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.datasets.phantoms import write_phantom
from segrepro.utils.errors import DataError
from tests.datasets.releases.trees import write_tree
from tests.scans import write_slices


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def isles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("isles") / "set"
    settings = {"patients": 30, "test_patients": 1, "size": 16, "slices": [2, 2], "frames": [43, 43], "two_scans": 0.0}
    write_phantom("isles2018", folder, **settings, seed=0)
    for path in [path for path in folder.rglob("*MR_DWI*") if path.is_file()]:
        path.unlink()
    return folder


def test_the_tables_that_can_be_run_are_told(isles):
    result = run("check", isles)
    assert result.exit_code == 0, result.output
    assert "Tables 3 and 4 can" in result.stdout
    assert "Tables 1, 2 and parts of 5" in result.stdout
    assert "cannot be run" in result.stdout
    assert "30 cases of 30 patients: no fault" in result.stdout


def test_an_unknown_folder_asks_for_its_layout(tmp_path):
    with pytest.raises(DataError) as caught:
        raise run("check", write_tree(tmp_path, ["a.txt"])).exception
    assert "--layout" in caught.value.remedy
    assert "slices" in caught.value.remedy


def test_an_encrypted_archive_is_one_line_with_the_command(tmp_path):
    write_tree(tmp_path, ["ATLAS_R2.0_encrypted.tar.gz"])
    for place in (tmp_path, tmp_path / "ATLAS_R2.0_encrypted.tar.gz"):
        with pytest.raises(DataError) as caught:
            raise run("check", place).exception
        assert "the encrypted archive of ATLAS R2.0" in caught.value.found
        assert "-md md5 -d" in caught.value.remedy


def test_values_that_flatten_a_scan_are_a_note(tmp_path):
    import nibabel as nib

    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        scan = rng.normal(0, 50, (24, 24, 8)).astype(np.float32)
        scan[0, 0, :2] = 49944
        for folder, array in (("images", scan), ("masks", (scan > 60).astype(np.uint8))):
            (tmp_path / folder).mkdir(exist_ok=True)
            nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / folder / f"{name}.nii.gz")
    result = run("check", tmp_path, "--layout", "slices")
    assert result.exit_code == 0, result.output
    (note,) = [line for line in result.stdout.splitlines() if line.startswith("note:")]
    assert "extreme value in 2 cases (a, b)" in note
    assert "49944" in note


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

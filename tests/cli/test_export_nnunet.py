"""A data set in nnU-Net's raw format, from the command line."""

import json

from segrepro.datasets import open_dataset
from tests.cli.commands import segrepro
from tests.scans import write_slices


def test_a_folder_and_its_folds_are_written(tmp_path):
    names = [f"p{number}_1" for number in range(6)]
    write_slices(tmp_path / "scans", names)
    target = tmp_path / "Dataset101_Lesions"
    done = segrepro("export-nnunet", tmp_path / "scans", target, "--count", 3, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "6 cases, 3 folds" in done.stdout
    assert [case.id for case in open_dataset("nnunet", target).cases] == names
    splits = json.loads((target / "splits_final.json").read_text())
    assert sorted(case for fold in splits for case in fold["val"]) == names


def test_folds_of_a_file_are_kept(tmp_path):
    write_slices(tmp_path / "scans", ["a", "b", "c"])
    rows = [f"0,{case},{part}" for case, part in zip("abc", ("train", "validation", "test"))]
    (tmp_path / "folds.csv").write_text("\n".join(["fold,case,part", *rows]))
    done = segrepro(
        "export-nnunet", tmp_path / "scans", tmp_path / "Dataset102_X", "--folds", "folds.csv", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    (fold,) = json.loads((tmp_path / "Dataset102_X/splits_final.json").read_text())
    assert fold == {"train": ["a"], "val": ["c"]}


def test_a_name_that_nnunet_does_not_take_is_one_line(tmp_path):
    write_slices(tmp_path / "scans", ["a", "b", "c", "d"])
    done = segrepro("export-nnunet", tmp_path / "scans", tmp_path / "lesions", "--count", 2, cwd=tmp_path)
    assert done.returncode == 2
    assert "expected one such as Dataset101_Lesions" in done.stderr
    assert not (tmp_path / "lesions").exists()

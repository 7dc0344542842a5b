"""Finished masks of a folder are held against the scans before the first job."""

import json
import shutil

import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets.fingerprint.measure import fingerprint_folder
from segrepro.images.io import write_image
from segrepro.utils.errors import SegreproError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.new_study.write import write_study
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.mask_folders import require_fitting_masks
from tests.workflow.new_study.test_write import anisotropic


@pytest.fixture
def masks(tmp_path, monkeypatch):
    """Sound masks of six cases, beside a study of them."""
    monkeypatch.chdir(tmp_path)
    folder = anisotropic(tmp_path / "set")
    write_study("lesions", folder, fingerprint_folder(folder))
    return shutil.copytree(folder / "labelsTr", tmp_path / "masks")


def require(scale="paper", folds=None, **row) -> None:
    theirs = {"predictions": "masks", "label": "Theirs"} | row
    overrides = {"lesions": {"experiments": {"theirs": theirs}} | ({"folds": folds} if folds else {})}
    config = {"studies": "lesions", "scale": scale, "experiments": "theirs", "overrides": overrides}
    require_fitting_masks(make_plan(load_config(config)))


def refused(**settings) -> list[str]:
    with pytest.raises(SegreproError) as error:
        require(**settings)
    return str(error.value).splitlines()


def test_sound_masks_have_nothing_to_say(masks):
    require()


def test_each_case_that_will_be_scored_needs_a_mask_unless_the_row_says_otherwise(masks):
    for name in ("p1", "p4"):
        (masks / f"{name}.nii.gz").unlink()
    lines = refused()
    assert ["p1" in lines[0], "p4" in lines[1], len(lines)] == [True, True, 2]
    require(without_mask="empty")
    require(scale="demo")  # which cases its single division scores is drawn by a job


def test_folds_of_a_file_say_which_cases_are_scored(masks, tmp_path):
    (masks / "p5.nii.gz").unlink()
    split = [{"train": ["p2", "p3", "p4", "p5"], "val": ["p0", "p1"]}]
    (tmp_path / "splits_final.json").write_text(json.dumps(split))
    require(folds={"file": "splits_final.json"})
    split = [{"train": ["p2", "p3", "p4"], "val": ["p0", "p5"]}]
    (tmp_path / "splits_final.json").write_text(json.dumps(split))
    (line,) = refused(folds={"file": "splits_final.json"})
    assert "no mask of the case p5" in line


def test_cases_that_a_file_of_folds_leaves_out_are_told(masks, tmp_path, capsys):
    split = [{"train": ["p2", "p3", "p4"], "val": ["p0"]}]
    (tmp_path / "splits_final.json").write_text(json.dumps(split))
    require(folds={"file": "splits_final.json"})
    assert "splits_final.json: 2 of 6 cases stand in no fold and are left out: p1, p5" in capsys.readouterr().err


def test_masks_of_other_names_are_one_line(masks):
    for path in masks.iterdir():
        path.rename(masks / f"x{path.name}")
    (line,) = refused(without_mask="empty")
    assert "no mask of any case" in line


def test_another_grid_is_told_from_headers_alone(masks):
    mask = np.zeros((20, 18, 6), np.uint8)
    write_image(masks / "p0.nii.gz", mask[:, :, :5], np.eye(4))
    write_image(masks / "p1.nii.gz", mask, np.eye(4))
    lines = refused(scale="demo")
    assert [line.partition(": found ")[0] for line in lines] == [str(masks / f"{name}.nii.gz") for name in ("p0", "p1")]
    assert "shape (20, 18, 5)" in lines[0]


def test_a_mask_whose_axes_run_otherwise_is_on_the_grid(masks):
    for path in masks.iterdir():
        mask = nib.load(path)
        nib.save(mask.as_reoriented(nib.orientations.axcodes2ornt("LPS")), path)
    require(scale="demo")


def test_two_masks_of_one_case_are_refused(masks):
    (masks / "old").mkdir()
    shutil.copy(masks / "p0.nii.gz", masks / "old")
    (line,) = refused()
    assert "one mask of the case p0" in line

"""Level 2: stored masks give the stored scores, and others are found."""

import shutil
import zipfile

import numpy as np

from segrepro.images.io import read_image, write_image
from segrepro.report.evidence.levels import Asked
from segrepro.report.evidence.masks import check_masks
from segrepro.report.evidence.study_results import StudyResults

NOTHING = Asked({})


def test_every_score_is_that_of_its_mask(opened):
    faults, notes = check_masks(opened, NOTHING)
    assert faults == []
    scores = opened.predictions.scores("unet").select_dtypes("float")
    assert notes == [f"{2 * scores.drop(columns='fold', errors='ignore').size} scores of 2 runs computed again"]


def test_a_changed_mask_is_found_and_named(copied, tmp_path):
    archive, folder = copied / "predictions.zip", tmp_path / "unpacked"
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        packed.extractall(folder)
    mask = next(name for name in names if name.startswith("unet/fold1") and name.endswith(".nii.gz"))
    image = read_image(folder / mask)
    changed = np.array(image.array)
    changed[:20] = 1 - changed[:20]
    write_image(folder / mask, changed, image.affine)
    with zipfile.ZipFile(archive, "w") as packed:
        for name in names:
            packed.write(folder / name, name)
    faults, _ = check_masks(StudyResults(copied, tmp_path / "again"), NOTHING)
    case = mask.split("/")[-1].removesuffix(".nii.gz")
    assert faults
    assert all(f"unet/scores.csv (case, best, 1, {case}, lesion)" in fault.where for fault in faults)


def test_a_phantom_that_is_not_there_is_drawn_again(made, copied, tmp_path):
    results = StudyResults(copied, tmp_path / "again")
    folder = made.parents[1] / "work/phantoms"
    shutil.move(folder, tmp_path / "away")
    try:
        assert check_masks(results, NOTHING)[0] == []
        assert list((tmp_path / "again/phantoms").glob("atlas-*"))
    finally:
        shutil.move(tmp_path / "away", folder)

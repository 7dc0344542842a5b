"""The archive of predictions: what is in it, that it is the same each time, and that nothing leaves its folder."""

import zipfile

import pytest

from segrepro.report.evidence.predictions import Predictions, WrittenRun, pack_predictions
from segrepro.utils.errors import DataError


def written(made, run="unet"):
    (folder,) = (made.parents[1] / "work/runs").glob(f"{run}-*")
    (folds,) = (made.parents[1] / "work/folds").glob("*.csv")
    return WrittenRun(run, folder / "scores.csv", folds, tuple(folder / f"fold{n}" for n in range(2)))


def test_it_holds_scores_folds_and_masks_as_they_were_written(made, opened):
    run, archive = written(made), opened.predictions
    assert archive.file("unet/scores.csv").read_bytes() == run.scores.read_bytes()
    assert archive.fold_numbers("unet") == [0, 1]
    rows = archive.rows("unet", 1)
    assert {"images", "labels"}.isdisjoint(rows)
    for case, file in zip(rows["case"], rows["prediction"]):
        stored = run.fold_folders[1] / f"predictions/{case}.nii.gz"
        assert archive.file(file).read_bytes() == stored.read_bytes()
    assert set(archive.folds("unet")["part"]) == {"train", "validation", "test"}


def test_the_same_files_make_the_same_bytes(made, tmp_path):
    for name in ("a.zip", "b.zip"):
        pack_predictions([written(made)], tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_damaged_archive_and_a_missing_file_are_named(made, tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"PK")
    with pytest.raises(DataError) as caught:
        Predictions(tmp_path / "bad.zip", tmp_path)
    assert caught.value.where == str(tmp_path / "bad.zip")
    with pytest.raises(DataError, match="other/scores.csv"):
        Predictions(made / "predictions.zip", tmp_path).scores("other")


def test_no_name_leads_out_of_the_folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../out.csv", "case\n")
    with pytest.raises(DataError):
        Predictions(tmp_path / "evil.zip", tmp_path / "inside").file("../out.csv")
    assert not (tmp_path / "out.csv").exists()

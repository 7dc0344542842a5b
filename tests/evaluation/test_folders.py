"""Folders of masks to a score file."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.evaluation import folders as evaluation
from segrepro.evaluation.compare import read_scores
from segrepro.evaluation.folders import COLUMNS, MEASURES, evaluate_folders
from segrepro.evaluation.metrics import segmentation_metrics
from segrepro.images.io import write_image
from segrepro.utils.errors import MetricError

AFFINE = np.array([[0, -1.5, 0, 10], [2, 0, 0, -4], [0, 0, 3, 7], [0, 0, 0, 1.0]])


@pytest.fixture
def folders(tmp_path):
    """Four cases as .nii.gz with an affine that turns the axes; returns both folders."""
    rng = np.random.default_rng(0)
    result = [tmp_path / "method", tmp_path / "reference"]
    for folder in result:
        folder.mkdir()
        for case in ("01", "02", "03", "10"):
            mask = (rng.random((9, 8, 7)) > 0.6).astype(np.uint8)
            write_image(folder / f"{case}.nii.gz", mask, AFFINE)
    return result


def score(folders, output, **options):
    evaluate_folders(*folders, output, **options)
    return read_scores(output)


def masks_of(folders, case):
    from segrepro.images.io import read_image

    return [read_image(f / f"{case}.nii.gz").array for f in folders]


@pytest.mark.parametrize("workers", [1, 2])
def test_scores_are_those_of_the_arrays(folders, tmp_path, workers):
    seen = []
    scores = score(folders, tmp_path / "out/s.csv", workers=workers, progress=lambda *a: seen.append(a))
    assert tuple(scores.columns) == COLUMNS
    assert scores["case"].tolist() == scores["patient"].tolist() == ["01", "02", "03", "10"]
    assert set(scores["experiment"]) == {"method"}
    expected = segmentation_metrics(*masks_of(folders, "02"), (2, 1.5, 3))
    assert scores.loc[1, list(MEASURES)].to_dict() == pytest.approx(expected)
    assert seen == [(k, 4) for k in range(5)]


def test_an_interrupted_run_goes_on(folders, tmp_path, monkeypatch):
    output = tmp_path / "s.csv"
    whole = score(folders, output)
    lines = output.read_text().splitlines(keepends=True)
    output.write_text("".join(lines[:3]) + lines[3][:20])
    scored = []
    original = evaluation.score_files
    monkeypatch.setattr(evaluation, "score_files", lambda job: scored.append(job.case) or original(job))
    pd.testing.assert_frame_equal(score(folders, output, workers=1), whole)
    assert scored == ["03", "10"]
    score(folders, output, workers=1)
    assert scored == ["03", "10"]


def test_labels_make_a_row_each_and_half_a_case_is_scored_again(folders, tmp_path):
    for folder in folders:
        for path in folder.iterdir():
            rng = np.random.default_rng(len(path.name) + len(folder.name))
            write_image(path, rng.integers(0, 3, (9, 8, 7)).astype(np.uint8), AFFINE)
    output = tmp_path / "s.csv"
    whole = score(folders, output, labels=[1, 2])
    assert whole["label"].tolist() == ["1", "2"] * 4
    lines = output.read_text().splitlines(keepends=True)
    output.write_text("".join(lines[:4]))
    pd.testing.assert_frame_equal(score(folders, output, labels=[1, 2]), whole)


def test_files_that_do_not_pair_are_all_named_before_anything_is_scored(folders, tmp_path):
    (folders[0] / "02.nii.gz").unlink()
    (folders[1] / "03.nii.gz").unlink()
    write_image(folders[0] / "01.nii", np.zeros((9, 8, 7), np.uint8), AFFINE)
    with pytest.raises(MetricError) as caught:
        evaluate_folders(*folders, tmp_path / "s.csv")
    message = str(caught.value)
    assert all(name in message for name in ("02.nii.gz has no", "03.nii.gz has no", "have one name"))
    assert "\n" not in message
    assert not (tmp_path / "s.csv").exists()


def test_cases_that_cannot_be_scored_are_all_named_and_the_others_kept(folders, tmp_path):
    moved = AFFINE.copy()
    moved[0, 3] += 1
    mask = np.zeros((9, 8, 7), np.uint8)
    write_image(folders[0] / "01.nii.gz", mask, moved)
    write_image(folders[0] / "02.nii.gz", mask[:, :, 1:], AFFINE)
    write_image(folders[0] / "03.nii.gz", mask + 5, AFFINE)
    with pytest.raises(MetricError) as caught:
        evaluate_folders(*folders, tmp_path / "s.csv")
    message = str(caught.value)
    assert all(words in message for words in ("3 of 4", "1 mm off", "shape (9, 8, 6)", "the label 5"))
    assert read_scores(tmp_path / "s.csv")["case"].tolist() == ["10"]


def test_a_damaged_file_is_named(folders, tmp_path):
    (folders[0] / "02.nii.gz").write_bytes(b"nothing")
    with pytest.raises(MetricError, match=r"02.nii.gz: found a damaged file"):
        evaluate_folders(*folders, tmp_path / "s.csv")


@pytest.mark.parametrize("changed", [0, 1])
def test_a_case_whose_files_changed_is_scored_anew_and_one_that_is_gone_is_left_out(folders, tmp_path, changed):
    score(folders, tmp_path / "s.csv")
    mask = np.zeros((9, 8, 7), np.uint8)
    mask[2:5, 2:5, 2:5] = 1
    write_image(folders[changed] / "02.nii.gz", mask, AFFINE)
    for folder in folders:
        (folder / "10.nii.gz").unlink()
    pd.testing.assert_frame_equal(score(folders, tmp_path / "s.csv"), score(folders, tmp_path / "new.csv"))


@pytest.mark.parametrize("moved", [0, 1])
def test_scores_of_other_folders_are_not_continued_even_of_one_name(folders, tmp_path, moved):
    score(folders, tmp_path / "s.csv")
    written = (tmp_path / "s.csv").read_bytes()
    (tmp_path / "other").mkdir()
    there = list(folders)
    there[moved] = folders[moved].rename(tmp_path / "other" / folders[moved].name)
    with pytest.raises(MetricError, match=f"other scores: {folders[0]} against {folders[1]}; expected scores of"):
        evaluate_folders(*there, tmp_path / "s.csv")
    (tmp_path / "t.csv").write_text("case,dice\n01,1\n")
    with pytest.raises(MetricError, match="other scores: another table"):
        evaluate_folders(*there, tmp_path / "t.csv")
    assert (tmp_path / "s.csv").read_bytes() == written


def test_a_link_to_nothing_is_named(folders, tmp_path):
    (folders[0] / "02.nii.gz").unlink()
    (folders[0] / "02.nii.gz").symlink_to(tmp_path / "nowhere.nii.gz")
    with pytest.raises(MetricError, match=r"02.nii.gz links to nothing"):
        evaluate_folders(*folders, tmp_path / "s.csv")


@pytest.mark.parametrize("missing", [0, 1])
def test_missing_or_empty_folders(folders, tmp_path, missing):
    pair = list(folders)
    pair[missing] = tmp_path / "nowhere"
    with pytest.raises(MetricError, match="no folder"):
        evaluate_folders(*pair, tmp_path / "s.csv")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with pytest.raises(MetricError, match="no masks"):
        evaluate_folders(tmp_path / "a", tmp_path / "b", tmp_path / "s.csv")


def test_pictures_of_0_and_255(tmp_path):
    masks = [np.zeros((20, 30), np.uint8) for _ in range(2)]
    masks[0][3:9, 4:9] = masks[1][4:9, 4:9] = 255
    for name, mask in zip(("p", "r"), masks):
        (tmp_path / name).mkdir()
        write_image(tmp_path / name / "x.png", mask, np.eye(4))
    scores = score((tmp_path / "p", tmp_path / "r"), tmp_path / "s.csv")
    assert scores.loc[0, "recall"] == 1
    assert scores.loc[0, "hd_mm"] == 1


def test_undefined_values_are_empty_cells(tmp_path):
    for name in ("p", "r"):
        (tmp_path / name).mkdir()
        write_image(tmp_path / name / "x.png", np.zeros((5, 5), np.uint8), np.eye(4))
    scores = score((tmp_path / "p", tmp_path / "r"), tmp_path / "s.csv")
    assert np.isnan(scores.loc[0, "dice"])
    assert scores.loc[0, "diagonal_mm"] > 0


def invoke(*arguments):
    return subprocess.run(
        [sys.executable, "-c", "from segrepro.cli.main import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_commands(folders, tmp_path):
    done = invoke("evaluate", "--prediction", folders[0], "--reference", folders[1], "--output", tmp_path / "a.csv")
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / "a.csv"))
    scores = read_scores(tmp_path / "a.csv")
    scores.assign(dice=scores["dice"] + 0.1).to_csv(tmp_path / "b.csv", index=False)
    result = CliRunner().invoke(app, ["compare", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--metric", "dice"])
    assert result.exit_code == 0
    assert "+0.1" in result.stdout
    assert "only 4 patients" in result.stdout
    refused = invoke("compare", tmp_path / "a.csv", tmp_path / "c.csv")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


def test_scoring_imports_neither_torch_nor_pandas():
    code = (
        "import sys, segrepro.evaluation.folders, segrepro.evaluation.metrics, segrepro.evaluation.compare;"
        "import rich.progress;"
        "heavy = ('torch', 'pandas', 'cv2', 'SimpleITK', 'pydicom', 'skimage');"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"

"""Folders of masks to a score file."""

import os
import signal
import subprocess
import sys

import nibabel as nib
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
from segrepro.utils.errors import DiskError, MetricError, SegreproError
from tests.raised import raised

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
    lines = str(caught.value).splitlines()
    expected = [(0, "01.nii.gz", "the name of 01"), (1, "02.nii.gz", "no partner"), (0, "03.nii.gz", "no partner")]
    assert len(lines) == 3
    for number, name, found in expected:
        assert any(line.startswith(f"{folders[number] / name}: found {found}") for line in lines)
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
    whole, *lines = str(caught.value).splitlines()
    assert (caught.value.where, "1 of 4" in whole) == (str(tmp_path / "s.csv"), True)
    for name, line in zip(("01", "02", "03"), lines, strict=True):
        assert line.startswith(f"{folders[0] / name}.nii.gz: ")
    assert "--label 1 --label 5" in lines[2]
    assert read_scores(tmp_path / "s.csv")["case"].tolist() == ["10"]


def test_a_damaged_file_is_named(folders, tmp_path):
    (folders[0] / "02.nii.gz").write_bytes(b"nothing")
    with pytest.raises(MetricError, match=r"02.nii.gz: found 7 bytes"):
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
    with raised(MetricError, found=f"other scores: {folders[0]} against {folders[1]}$", expected="^scores of"):
        evaluate_folders(*there, tmp_path / "s.csv")
    (tmp_path / "t.csv").write_text("case,dice\n01,1\n")
    with raised(MetricError, found="other scores: another table"):
        evaluate_folders(*there, tmp_path / "t.csv")
    assert (tmp_path / "s.csv").read_bytes() == written


def test_a_link_to_nothing_is_named(folders, tmp_path):
    (folders[0] / "02.nii.gz").unlink()
    (folders[0] / "02.nii.gz").symlink_to(tmp_path / "nowhere.nii.gz")
    with raised(MetricError, where="02.nii.gz", found="a link to nothing"):
        evaluate_folders(*folders, tmp_path / "s.csv")


@pytest.mark.parametrize("missing", [0, 1])
def test_missing_or_empty_folders(folders, tmp_path, missing):
    pair = list(folders)
    pair[missing] = tmp_path / "nowhere"
    with raised(MetricError, found="no folder"):
        evaluate_folders(*pair, tmp_path / "s.csv")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with raised(MetricError, found="no masks"):
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


SHIFTED = [np.roll(np.pad(np.ones((6, 8, 1), np.uint8), ((7, 7), (8, 4), (3, 3))), shift, 0) for shift in (0, 1)]


def pair_in(tmp_path, name, *masks, affine=AFFINE):
    """Two folders with a mask each of the same name."""
    for folder, mask in zip(("p", "r"), masks, strict=True):
        write_image(tmp_path / folder / name, mask, affine)
    return tmp_path / "p", tmp_path / "r"


@pytest.mark.parametrize(
    "stored",
    [
        lambda mask: mask[..., None],
        lambda mask: mask * 255,
        lambda mask: mask.astype(np.uint16) * 65535,
        lambda mask: mask.astype(np.float32),
        lambda mask: mask * np.float32(0.99999),  # as a slope in the header makes it
    ],
)
def test_a_mask_scores_the_same_however_it_is_stored(tmp_path, stored):
    plain = score(pair_in(tmp_path / "plain", "x.nii.gz", *SHIFTED), tmp_path / "plain.csv")
    other = score(pair_in(tmp_path / "other", "x.nii.gz", stored(SHIFTED[0]), SHIFTED[1]), tmp_path / "other.csv")
    assert plain.loc[0, "dice"] == pytest.approx(5 / 6)
    pd.testing.assert_frame_equal(plain[list(MEASURES)], other[list(MEASURES)])


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "1", "I;16"])
def test_a_picture_scores_the_same_in_every_mode(tmp_path, mode):
    from PIL import Image as Picture

    grey = [mask[..., 3] * 255 for mask in SHIFTED]
    plain = score(pair_in(tmp_path / "plain", "x.png", *grey), tmp_path / "plain.csv")
    folders = pair_in(tmp_path / "other", "x.png", *grey)
    picture = Picture.fromarray(grey[0])
    wide = Picture.fromarray(grey[0].astype(np.uint16) * 257)
    (wide if mode == "I;16" else picture.convert(mode)).save(folders[0] / "x.png")
    other = score(folders, tmp_path / "other.csv")
    pd.testing.assert_frame_equal(plain[list(MEASURES)], other[list(MEASURES)])


def test_a_volume_of_one_slice_scores_as_the_slice(tmp_path):
    flat = [mask[..., 3] for mask in SHIFTED]
    flat[0][9, 10] = 0  # a hole: above and below there is no surface
    affine = np.diag([2.0, 2.0, 5.0, 1.0])
    expected = segmentation_metrics(*flat, (2.0, 2.0))
    for number, axes in enumerate((..., None)):
        masks = [mask[..., axes] if axes is None else mask for mask in flat]
        folders = pair_in(tmp_path / str(number), "x.nii.gz", *masks, affine=affine)
        scores = score(folders, tmp_path / f"{number}.csv")
        assert scores.loc[0, list(MEASURES)].to_dict() == pytest.approx(expected)


@pytest.mark.parametrize("axes", ["LPS", "RAS", "SLA", "AIL"])
def test_a_mask_whose_axes_run_otherwise_is_turned(folders, tmp_path, axes):
    plain = score(folders, tmp_path / "plain.csv")
    for path in folders[0].glob("*.nii.gz"):
        mask = nib.load(path)
        turn = nib.orientations.ornt_transform(nib.io_orientation(mask.affine), nib.orientations.axcodes2ornt(axes))
        nib.save(mask.as_reoriented(turn), path)
    turned = score(folders, tmp_path / "turned.csv")
    pd.testing.assert_frame_equal(turned[list(MEASURES)], plain[list(MEASURES)])


def test_what_predict_wrote_is_scored_and_what_lies_beside_the_masks_passed_over(folders, tmp_path):
    for case in ("01", "02"):
        for folder in folders:
            (folder / "sub").mkdir(exist_ok=True)
            (folder / f"{case}.nii.gz").rename(folder / f"sub/{case}.nii.gz")
    for beside in ("overlays/01.png", "overlays/sub/01.png", "probabilities/01-lesion.nii.gz", "03-overlay.png"):
        write_image(folders[0] / beside, np.full((4, 4), 7, np.uint8), AFFINE)
    (folders[0] / "records").mkdir()
    for record in ("records/01.json", "01.json"):
        (folders[0] / record).write_text("{}")
    scores = score(folders, tmp_path / "s.csv", workers=2)
    assert scores["case"].tolist() == ["03", "10", "sub/01", "sub/02"]
    assert set(scores["experiment"]) == {"method"}
    pd.testing.assert_frame_equal(score(folders, tmp_path / "s.csv"), scores)


def test_a_name_that_a_spreadsheet_would_run_is_written_as_text_and_gone_on_from(tmp_path):
    for name in ("=cmd|'a'!A1", "+x", "line\nend", "'=y"):
        pair_in(tmp_path, f"{name}.nii.gz", *SHIFTED)
    folders = tmp_path / "p", tmp_path / "r"
    evaluate_folders(*folders, tmp_path / "s.csv")
    written = (tmp_path / "s.csv").read_text()
    assert all(not line.split(",")[2].startswith(("=", "+")) for line in written.splitlines())
    assert len(written.splitlines()) == 5
    seen = []
    evaluate_folders(*folders, tmp_path / "s.csv", progress=lambda *counts: seen.append(counts))
    assert seen == [(4, 4)]
    assert (tmp_path / "s.csv").read_text() == written


def kill_worker(job):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_killed_is_one_line_and_the_scores_so_far_stay(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "_score_one", kill_worker)
    with raised(SegreproError, found="a process that was killed"):
        evaluate_folders(*folders, tmp_path / "s.csv", workers=2)
    monkeypatch.undo()
    assert len(score(folders, tmp_path / "s.csv")) == 4


def test_an_output_that_cannot_be_written_is_one_line(folders, tmp_path):
    (tmp_path / "file").write_text("")
    for output in (tmp_path, tmp_path / "file/s.csv"):
        with pytest.raises(DiskError) as caught:
            evaluate_folders(*folders, output)
        assert caught.value.where == str(output)
    (tmp_path / "s.csv").write_bytes(b"\xff\x00case")
    with pytest.raises(SegreproError) as caught:
        evaluate_folders(*folders, tmp_path / "s.csv")
    assert caught.value.where == str(tmp_path / "s.csv")


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


def test_names_pair_however_a_disk_writes_their_letters(tmp_path):
    mask = np.zeros((4, 4, 4), np.uint8)
    mask[1:3] = 1
    for name in ("method/Mu\u0308ller", "reference/M\u00fcller"):
        write_image(tmp_path / f"{name}.nii.gz", mask, AFFINE)
    scores = score([tmp_path / "method", tmp_path / "reference"], tmp_path / "scores.csv")
    assert scores[["case", "dice"]].values.tolist() == [["M\u00fcller", 1.0]]


def test_lengths_that_are_no_mm_are_not_scored(tmp_path):
    for name in ("method", "reference"):
        write_image(tmp_path / name / "a.nii.gz", np.ones((4, 4, 4), np.uint8), AFFINE @ np.diag([0.001] * 3 + [1]))
    with raised(MetricError, found="0 of 1 cases") as caught:
        score([tmp_path / "method", tmp_path / "reference"], tmp_path / "scores.csv")
    assert "a spacing of 0.002 x 0.0015 x 0.003" in str(caught.value)


def test_a_scan_in_a_masks_place_is_called_that(tmp_path):
    scan = np.arange(1000).reshape(10, 10, 10).astype(np.int16)
    for name in ("method", "reference"):
        write_image(tmp_path / name / "a.nii.gz", scan, AFFINE)
    with raised(MetricError) as caught:
        score([tmp_path / "method", tmp_path / "reference"], tmp_path / "scores.csv")
    assert "found the label 2; expected 0 and 1 (or 255, 65535). It holds 999 values, as a scan does" in str(
        caught.value
    )

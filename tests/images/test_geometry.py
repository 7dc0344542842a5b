from pathlib import Path

import numpy as np
import pytest

from segrepro.evaluation.metrics.challenges import chaos_scores
from segrepro.images.geometry import require_mm, require_same_grid
from segrepro.images.image import Image
from segrepro.images.io import write_image
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan
from segrepro.utils import say
from segrepro.utils.errors import DataError, GridError
from tests.raised import raised
from tests.scans import affine_of

RANGES = ((55, 70, 1), (110, 135, 2))


def write_label(path, values, affine=None):
    write_image(path, np.array(values, np.uint8).reshape(1, 2, -1), affine_of() if affine is None else affine)
    return path


def labels(paths, ranges=()):
    return read_label(paths, read_scan(paths[0]), paths[0], ranges).ravel().tolist()


def test_without_ranges_all_above_0_is_label_1(tmp_path):
    one = write_label(tmp_path / "a.nii", [0, 1, 254, 255])
    two = write_label(tmp_path / "b.nii", [9, 0, 0, 0])
    assert labels([one]) == [0, 1, 1, 1]
    assert labels([one, two]) == [1, 1, 1, 1]


def test_ranges_hold_both_their_ends(tmp_path):
    path = write_label(tmp_path / "a.nii", [55, 63, 70, 110, 135, 0])
    assert labels([path], RANGES) == [1, 1, 1, 2, 2, 0]


def test_where_files_overlap_the_larger_label_counts(tmp_path):
    one = write_label(tmp_path / "a.nii", [63, 126, 0, 63])
    two = write_label(tmp_path / "b.nii", [126, 63, 63, 0])
    assert labels([one, two], RANGES) == labels([two, one], RANGES) == [2, 2, 1, 1]


def test_values_outside_all_ranges_are_named(tmp_path):
    path = write_label(tmp_path / "a.nii", [80, 160, 0, 63])
    with raised(DataError, where="a.nii", found="the values 80, 160", expected="0 or 55-70, 110-135"):
        labels([path], RANGES)


def test_a_label_on_another_grid_is_refused(tmp_path):
    image = write_label(tmp_path / "a.nii", [0, 1, 2, 3])
    label = write_label(tmp_path / "b.nii", [0, 1, 2, 3], affine_of(spacing=(1, 1, 1)))
    with raised(GridError, where="b.nii"):
        read_label([label], read_scan(image), image)


def test_real_masks_give_the_scores_of_the_official_scorer(real_data):
    folder = real_data / "chaos"
    scan = read_scan(folder / "CT/3/DICOM_anon")
    truth, submission = (
        read_label([folder / name], scan, folder / "CT/3/DICOM_anon") for name in ("CT/3/Ground", "sample_submission")
    )
    assert scan.array[truth > 0].std() < 40  # turned round, bones and lungs would lie in it: 248
    scores = chaos_scores(submission, truth, scan.spacing_mm)
    expected = {"dice": 0.97843, "ravd_percent": 0.66453, "assd_mm": 0.73413, "mssd_mm": 14.0}
    assert scores == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("share", "sound"), [(0.04, True), (0.06, False)])
def test_grids_may_be_rounded_by_a_twentieth_of_a_voxel(share, sound, capsys, monkeypatch):
    monkeypatch.setattr(say, "_SAID", set())
    affine = affine_of(spacing=(2.0, 3.0, 4.0))
    moved = affine + np.array([[0, 0, 0, 2 * share], [0] * 4, [0] * 4, [0] * 4])
    scan, mask = (Image(np.zeros((9, 8, 7)), where) for where in (affine, moved))
    if not sound:
        with raised(GridError, found="differs by 0.12 mm"):
            require_same_grid(mask, scan, Path("mask.nii"), Path("scan.nii"))
        return
    for _ in range(2):
        require_same_grid(mask, scan, Path("mask.nii"), Path("scan.nii"))
    (line,) = capsys.readouterr().err.splitlines()
    assert "mask.nii" in line
    assert "0.08 mm" in line


def test_a_turn_counts_where_the_grids_are_the_farthest_apart():
    affine = affine_of(spacing=(1.0, 1.0, 1.0))
    turned = affine_of(spacing=(1.0, 1.0, 1.0), tilt=5e-4)
    near, far = (np.zeros(shape) for shape in ((20, 20, 20), (400, 400, 20)))
    require_same_grid(Image(near, turned), Image(near, affine), Path("a"), Path("b"))
    with pytest.raises(GridError):
        require_same_grid(Image(far, turned), Image(far, affine), Path("a"), Path("b"))


@pytest.mark.parametrize(("spacing", "fits"), [((0.02, 1, 50), True), ((0.001, 1, 1), False), ((1, 1, 51), False)])
def test_lengths_that_look_like_metres_or_micrometres_are_refused(spacing, fits):
    volume = Image(np.zeros((2, 2, 2)), affine_of("RAS", spacing))
    if fits:
        require_mm(volume, Path("a.nii"))
    else:
        with raised(DataError, found="a spacing of", where="a.nii"):
            require_mm(volume, Path("a.nii"))

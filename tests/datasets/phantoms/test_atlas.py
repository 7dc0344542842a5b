import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.phantoms import atlas, write_phantom
from segrepro.datasets.phantoms._head import draw_head, head_space
from segrepro.datasets.phantoms._shapes import smooth_noise
from segrepro.datasets.phantoms.atlas import draw_lesions
from segrepro.images.io import read_image
from segrepro.utils.errors import ConfigError, DataError
from tests.raised import raised

DEMO = {"shape": (66, 78, 63), "spacing_mm": 3.0}
SMALL = {"shape": (33, 39, 31), "spacing_mm": 6.0}


def union(case):
    return np.any([read_image(path).array > 0 for path in case.labels], axis=0)


def digests(folder):
    """What every file decodes to; the files themselves hold the time they were packed."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(read_image(path).array.tobytes()).hexdigest()
        for path in folder.rglob("*.nii.gz")
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / "atlas"
    write_phantom("atlas", folder, patients=12, seed=3, two_timepoints=0.25, **DEMO)
    return open_dataset("atlas", folder)


def test_the_layout_is_that_of_release_1_and_the_data_are_sound(demo):
    assert check_dataset(demo, folds=5) == []
    assert {case.site for case in demo.cases} == {"Site1", "Site2", "Site3"}
    assert len({case.patient for case in demo.cases}) == 12
    assert [case.id for case in demo.cases if case.id.endswith("t02")] == [
        "Site1-031771-t02",
        "Site2-031775-t02",
        "Site3-031779-t02",
    ]
    assert {len(case.labels) for case in demo.cases} == {1, 2}


def test_grid_and_types(demo):
    for case in demo.cases:
        image, label = read_image(case.images["t1"]), read_image(case.labels[0])
        assert image.array.shape == label.array.shape == (66, 78, 63)
        assert image.spacing_mm == pytest.approx((3, 3, 3))
        assert image.array.dtype == label.array.dtype == np.uint8
        assert set(np.unique(label.array)) == {0, 255}


def test_the_head_fills_its_field_and_the_face_is_cut_away(demo):
    image = read_image(demo.cases[0].images["t1"]).array
    head = image > 60
    assert 0.2 < head.mean() < 0.6
    x, y, z = (np.flatnonzero(head.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1)))
    assert x.max() - x.min() > 40
    assert y.max() - y.min() > 55
    assert z.max() - z.min() > 50
    assert not head[:, 66:, :12].any()


def best_threshold_dice(image, lesion):
    """Dice of the best window of brightness; a cut from below alone would take the air."""
    inside = np.bincount(image[lesion], minlength=256)
    total = np.bincount(image.ravel(), minlength=256)
    cumulated = np.cumsum(np.stack([inside, total]), axis=1)
    cumulated = np.concatenate([np.zeros((2, 1), int), cumulated], axis=1)
    hits, size = cumulated[:, None, :] - cumulated[:, :, None]
    return np.max(2 * hits / np.maximum(size + lesion.sum(), 1))


def test_lesions_are_darker_than_the_tissue_but_no_threshold_finds_them(demo):
    for case in demo.cases:
        image, lesion = read_image(case.images["t1"]).array, union(case)
        middle = np.median(image[20:46, 20:55, 25:45])  # mostly white matter
        assert np.median(image[lesion]) < 0.9 * middle
        assert best_threshold_dice(image, lesion) < 0.6


def test_lesions_stay_away_from_the_border_of_the_scan(demo):
    for case in demo.cases:
        for path in case.labels:
            lesion = read_image(path).array > 0
            assert lesion.any()
            places = np.argwhere(lesion) / np.array(lesion.shape)
            assert places.min() > 0.08
            assert places.max() < 0.95


def test_a_second_visit_shows_the_same_lesion_in_another_scan(demo):
    cases = {case.id: case for case in demo.cases}
    first, second = cases["Site1-031771-t01"], cases["Site1-031771-t02"]
    np.testing.assert_array_equal(union(first), union(second))
    scans = [read_image(case.images["t1"]).array.astype(float) for case in (first, second)]
    assert not np.array_equal(*scans)
    assert np.corrcoef(scans[0].ravel(), scans[1].ravel())[0, 1] > 0.9


def test_a_patient_depends_on_seed_and_number_alone(tmp_path):
    write_phantom("atlas", tmp_path / "few", patients=2, seed=1, two_timepoints=0.5, **SMALL)
    write_phantom("atlas", tmp_path / "many", patients=4, seed=1, two_timepoints=0.5, workers=2, **SMALL)
    write_phantom("atlas", tmp_path / "other", patients=2, seed=2, two_timepoints=0.5, **SMALL)
    few, many, other = (digests(tmp_path / name) for name in ("few", "many", "other"))
    assert few.items() <= many.items()
    assert len(many) > len(few)
    assert not set(few.values()) & set(other.values())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_lesions_have_a_volume_that_was_asked_for(seed):
    rng, space = np.random.default_rng(seed), head_space((33, 39, 31))
    head, voxel_ml = draw_head(rng, space, 6.0), 0.216
    masks = draw_lesions(rng, space, head, (0.1 / voxel_ml, 200 / voxel_ml))
    lesion = np.any(masks, axis=0)
    assert 4 <= lesion.sum() <= 200 / voxel_ml + 2
    assert (head.tissue[lesion] > 0.5).all()
    assert len(masks) in (1, 2)


def test_volumes_spread_over_orders_of_magnitude():
    volumes = []
    for seed in range(40):
        rng, space = np.random.default_rng(seed), head_space((66, 78, 63))
        masks = draw_lesions(rng, space, draw_head(rng, space, 3.0), (0.1 / 0.027, 200 / 0.027))
        volumes.append(np.any(masks, axis=0).sum() * 0.027)
    assert min(volumes) < 0.5
    assert max(volumes) > 50
    assert 1 < np.median(volumes) < 20


def test_one_seed_draws_the_same_head_on_a_finer_grid():
    coarse, fine = (
        draw_head(np.random.default_rng(5), head_space(shape), 6.0) for shape in ((33, 39, 31), (99, 117, 93))
    )
    agreement = np.corrcoef(coarse.image.ravel(), fine.image[1::3, 1::3, 1::3].ravel())[0, 1]
    assert agreement > 0.999


def test_noise_has_unit_variance_and_its_length():
    space = head_space((66, 78, 63))
    noise = np.stack([smooth_noise(np.random.default_rng(i), space, 12) for i in range(8)])
    assert noise.std() == pytest.approx(1, abs=0.1)

    def correlation(voxels):
        return np.corrcoef(noise[:, voxels:].ravel(), noise[:, :-voxels].ravel())[0, 1]

    assert correlation(1) > 0.9
    assert abs(correlation(14)) < 0.15


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with raised(DataError, found="a folder in use"):
        write_phantom("atlas", tmp_path, patients=1, **SMALL)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_setting_that_a_phantom_has_not_is_named_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError) as caught:
        write_phantom("atlas", tmp_path / "out", patients=1, shapes=(1, 2, 3))
    assert "'shapes'" in caught.value.found
    assert list(tmp_path.iterdir()) == []


def test_a_phantom_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(atlas, "draw_head", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_phantom("atlas", tmp_path / "out", patients=1, **SMALL)
    with raised(ConfigError, remedy="Valid names: atlas"):
        write_phantom("mars", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_range_of_lesions_can_be_set(tmp_path):
    write_phantom("atlas", tmp_path, patients=6, lesion_ml=(20, 40), two_timepoints=0, **SMALL)
    volumes = [union(case).sum() * 0.216 for case in open_dataset("atlas", tmp_path).cases]
    assert len(volumes) == 6
    # Two components may overlap, so a union may have less than was drawn.
    assert all(0.7 * 20 - 1 < volume < 41 for volume in volumes)

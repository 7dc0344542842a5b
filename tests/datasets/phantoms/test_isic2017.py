import hashlib
from collections import Counter

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.phantoms.isic2017 import draw_lesion
from segrepro.images.io import read_image

DEMO = {"patients": 24, "columns": (96, 160), "validation": 0.15, "test": 0.3}


def arrays(case):
    return read_image(case.images["rgb"]).array, read_image(case.labels[0]).array


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("ISIC_*")}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / "isic2017"
    write_phantom("isic2017", folder, seed=3, **DEMO)
    return open_dataset("isic2017", folder)


def test_the_layout_is_the_challenges_and_the_data_are_sound(demo):
    assert check_dataset(demo) == []
    assert Counter(case.part for case in demo.cases) == {"train": 13, "validation": 4, "test": 7}
    assert sorted(path.name for path in demo.folder.iterdir()) == [
        f"ISIC-2017_{part}_{kind}"
        for part in ("Test_v2", "Training", "Validation")
        for kind in ("Data", "Part1_GroundTruth")
    ]


def test_sizes_and_types(demo):
    shapes = set()
    for case in demo.cases:
        picture, mask = arrays(case)
        assert picture.shape == (*mask.shape, 3)
        assert picture.dtype == mask.dtype == np.uint8
        assert set(np.unique(mask)) == {0, 255}
        assert 96 <= mask.shape[1] <= 160
        shapes.add(mask.shape)
    assert len(shapes) > 10


def test_skin_is_red_and_lesions_are_mostly_darker(demo):
    darker, redder = [], []
    for case in demo.cases:
        picture, mask = arrays(case)
        skin = np.median(picture[mask == 0], axis=0)
        redder.append(skin[0] > skin[2])
        darker.append(np.median(picture[mask > 0]) < np.median(skin))
    assert np.mean(redder) > 0.9
    assert np.mean(darker) > 0.9


def test_lesions_are_small_and_large_and_near_the_middle(demo):
    shares = [(arrays(case)[1] > 0).mean() for case in demo.cases]
    assert min(shares) < 0.08
    assert max(shares) > 0.25
    assert max(shares) < 0.7
    centres = [np.argwhere(mask > 0).mean(0) / mask.shape for _, mask in map(arrays, demo.cases)]
    assert np.abs(np.mean(centres, axis=0) - 0.5).max() < 0.1


def test_no_brightness_threshold_finds_all_lesions(demo):
    scores = []
    for case in demo.cases:
        picture, mask = arrays(case)
        dark, lesion = picture.mean(2) < 110, mask > 0
        scores.append(2 * (dark & lesion).sum() / (dark.sum() + lesion.sum()))
    assert min(scores) < 0.3


def test_a_picture_depends_on_seed_and_number_alone(tmp_path):
    for name, patients, seed, workers in (("few", 3, 1, 1), ("many", 5, 1, 2), ("other", 3, 2, 1)):
        write_phantom("isic2017", tmp_path / name, workers, patients=patients, columns=(60, 80), seed=seed)
    few, many, other = (digests(tmp_path / name) for name in ("few", "many", "other"))
    assert few.items() <= many.items()
    assert len(many) == 10
    assert not set(few.values()) & set(other.values())


def test_the_shares_are_the_challenges_unless_told(tmp_path):
    write_phantom("isic2017", tmp_path, patients=55, columns=(24, 32))
    parts = Counter(case.part for case in open_dataset("isic2017", tmp_path).cases)
    assert parts == {"train": 40, "validation": 3, "test": 12}


@pytest.mark.parametrize("seed", range(8))
def test_a_seed_draws_about_the_same_lesion_at_every_size(seed):
    shares = [draw_lesion(np.random.default_rng(seed), width)[1].mean() for width in (96, 384)]
    assert shares[0] == pytest.approx(shares[1], abs=0.02)
    assert shares[0] > 0.005

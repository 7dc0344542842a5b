from collections import Counter

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.images.io import read_image, write_image

PARTS = {"Training": "train", "Validation": "validation", "Test_v2": "test"}


def write_picture(folder, word, number, seed=0, truth=True, picture=True):
    name = f"ISIC_{number:07d}"
    rng = np.random.default_rng([seed, number])
    if picture:
        array = rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)
        write_image(folder / f"ISIC-2017_{word}_Data" / f"{name}.jpg", array, np.eye(4))
    if truth:
        mask = np.zeros((12, 16), np.uint8)
        mask[3:6, 2:9] = 255
        write_image(folder / f"ISIC-2017_{word}_Part1_GroundTruth" / f"{name}_segmentation.png", mask, np.eye(4))


def test_the_folder_names_the_part(tmp_path):
    for number, word in enumerate(PARTS):
        write_picture(tmp_path, word, number)
    cases = open_dataset("isic2017", tmp_path).cases
    assert [(case.id, case.part) for case in cases] == [
        ("ISIC_0000000", "train"),
        ("ISIC_0000001", "validation"),
        ("ISIC_0000002", "test"),
    ]
    for case in cases:
        assert case.patient == case.id
        assert case.images["rgb"].stem == case.id
        assert [path.name for path in case.labels] == [f"{case.id}_segmentation.png"]


def test_superpixels_tables_and_other_tasks_are_no_cases(tmp_path):
    write_picture(tmp_path, "Training", 7)
    data = tmp_path / "ISIC-2017_Training_Data"
    write_image(data / "ISIC_0000007_superpixels.png", np.zeros((12, 16), np.uint8), np.eye(4))
    (data / "ISIC-2017_Training_Data_metadata.csv").write_text("image_id,age\n")
    other = tmp_path / "ISIC-2017_Training_Part2_GroundTruth"
    other.mkdir()
    (other / "ISIC_0000007_features.json").write_text("{}")
    (case,) = open_dataset("isic2017", tmp_path).cases
    assert (len(case.images), len(case.labels)) == (1, 1)


def test_a_zip_file_that_unpacks_into_its_own_name_twice(tmp_path):
    write_picture(tmp_path / "ISIC-2017_Training_Data", "Training", 7)
    (case,) = open_dataset("isic2017", tmp_path).cases
    assert case.images
    assert case.labels


def test_a_missing_mask_and_a_mask_of_another_part_are_reported(tmp_path):
    write_picture(tmp_path, "Training", 1, truth=False)
    write_picture(tmp_path, "Validation", 2, picture=False)
    faults = check_dataset(open_dataset("isic2017", tmp_path))
    assert [(f.case, f.found) for f in faults if f.case] == [
        ("ISIC_0000001", "no label beside it"),
        ("ISIC_0000002", "no image beside it"),
    ]


def test_a_picture_in_two_parts_is_reported(tmp_path):
    write_picture(tmp_path, "Training", 1)
    write_picture(tmp_path, "Test_v2", 1)
    faults = check_dataset(open_dataset("isic2017", tmp_path))
    assert "2 cases of this id" in {f.found for f in faults}
    assert any(f.found.startswith("the same voxels as") for f in faults)


@pytest.fixture(scope="module")
def real(real_data):
    return open_dataset("isic2017", real_data / "isic2017")


def test_real_pictures_are_sound(real):
    assert Counter(case.part for case in real.cases) == {"train": 10}
    assert check_dataset(real, folds=5) == []
    for case in real.cases:
        assert read_image(case.images["rgb"]).array.shape == (256, 256, 3)
        assert set(np.unique(read_image(case.labels[0]).array)) == {0, 255}

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.preprocessing.write_cases import write_batch
from segrepro.utils.errors import DataError
from tests.raised import raised
from tests.scans import affine_of, write_in_every_kind, write_slices

ODD_NAMES = ["with space", "quo'te\"s", "Müller", "semi;colon", "$HOME", "a.b", "dash-", "#1", "100%"]


def test_odd_names_come_through_the_whole_chain(tmp_path):
    write_slices(tmp_path / "da ta $1", ODD_NAMES)
    dataset = open_dataset("slices", tmp_path / "da ta $1")
    assert len({case.id for case in dataset.cases}) == len(ODD_NAMES)
    assert check_dataset(dataset) == []
    write_batch(dataset.cases, Preparation(slices="none", size=(16, 16)), tmp_path / "out put")
    prepared = PreparedCases([tmp_path / "out put"])
    assert [prepared.array(case, "label").sum() for case in prepared] == [9] * len(ODD_NAMES)


def test_letters_that_a_disk_takes_apart_pair(tmp_path):
    write_slices(tmp_path, ["M\u00fcller"])
    (tmp_path / "masks" / "M\u00fcller.png").rename(tmp_path / "masks" / "Mu\u0308ller.png")
    (case,) = open_dataset("slices", tmp_path).cases
    assert (len(case.images), len(case.labels)) == (1, 1)


def test_hidden_and_foreign_files_are_no_cases(tmp_path):
    write_slices(tmp_path, ["a"])
    for name in (".DS_Store", "._a.png", "Thumbs.db", "notes.txt"):
        (tmp_path / "images" / name).write_bytes(b"x")
    assert [case.id for case in open_dataset("slices", tmp_path).cases] == ["a"]


def test_lone_images_and_lone_masks_are_reported(tmp_path):
    write_slices(tmp_path, ["a", "b", "c"])
    (tmp_path / "masks" / "a.png").unlink()
    (tmp_path / "images" / "b.png").unlink()
    faults = check_dataset(open_dataset("slices", tmp_path))
    assert [(f.case, f.found) for f in faults] == [("a", "no label beside it"), ("b", "no image beside it")]


def test_endings_may_differ_and_be_in_capitals(tmp_path):
    write_slices(tmp_path, ["a"])
    (tmp_path / "images" / "a.png").rename(tmp_path / "images" / "a.PNG")
    (case,) = open_dataset("slices", tmp_path).cases
    assert case.images["image"].name == "a.PNG"
    assert case.labels[0].name == "a.png"


def test_two_images_of_one_name_are_reported(tmp_path):
    write_slices(tmp_path, ["a", "b"])
    (tmp_path / "images" / "b.png").rename(tmp_path / "images" / "a.PNG")
    (tmp_path / "masks" / "b.png").unlink()
    faults = check_dataset(open_dataset("slices", tmp_path))
    assert [(f.case, f.found) for f in faults] == [("a", "2 cases of this id")]


def test_a_volume_is_one_case_in_every_kind_of_file(tmp_path):
    rng, mask = np.random.default_rng(0), np.zeros((9, 8, 7), np.uint8)
    mask[2:5, 3:7, 1:3] = 1
    scan = rng.normal(100, 20, mask.shape).astype(np.float32)
    names = write_in_every_kind(tmp_path / "images", scan, affine_of("LPS"))
    write_in_every_kind(tmp_path / "masks", mask, affine_of("LPS"))
    dataset = open_dataset("slices", tmp_path)
    assert sorted(case.id for case in dataset.cases) == names
    # They are eight copies of one scan, and so the check says, of all of them and nothing else.
    assert {fault.found.partition(" as ")[0] for fault in check_dataset(dataset)} == {"the same voxels"}
    assert [prepare_case(case, Preparation(size=(8, 8))).record.label_voxels for case in dataset.cases] == [24] * 8


@pytest.fixture(scope="module")
def real_slices(real_data):
    return open_dataset("slices", real_data / "soop-flair")


def test_real_slices_are_sound_but_for_those_without_lesion(real_slices):
    assert len(real_slices.cases) == 680
    faults = check_dataset(real_slices)
    assert {f.case for f in faults} == {c.id for c in real_slices.cases if c.id.startswith("neg-")}
    assert {f.found for f in faults} == {"an empty label"}
    assert check_dataset(real_slices, allow_empty=True, folds=5) == []


def test_real_slices_are_prepared_with_their_whole_lesion(real_slices):
    preparation = Preparation(slices="none", size=(192, 160))
    for case in real_slices.cases[:60]:
        prepared = prepare_case(case, preparation)
        assert prepared.arrays["image"].shape == prepared.arrays["label"].shape == (1, 192, 160)
        assert prepared.record.label_voxels_lost == 0
        assert (prepared.record.label_voxels == 0) == case.id.startswith("neg-")


@pytest.mark.parametrize("folder", ["images", "masks"])
def test_a_picture_of_a_kind_that_is_not_read_is_named(tmp_path, folder):
    write_slices(tmp_path, ["a"])
    (tmp_path / folder / "b.tif").write_bytes(b"II*\0")
    with raised(DataError, found=r"not read \(b.tif\)") as caught:
        open_dataset("slices", tmp_path)
    assert caught.value.where == str(tmp_path / folder)

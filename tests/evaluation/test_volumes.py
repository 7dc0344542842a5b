"""Volumes of the masks in a folder."""

import csv

import numpy as np
import pytest

from segrepro.evaluation.volumes import write_volumes
from segrepro.images.io import write_image
from segrepro.utils.errors import DataError, MetricError
from tests.raised import raised
from tests.scans import affine_of, write_in_every_kind


def table(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_mask_has_a_row_for_each_label_in_millilitres(tmp_path):
    first, second = np.zeros((10, 10, 10), np.uint8), np.zeros((8, 8, 4), np.uint8)
    first[:5, :4, :5] = 1  # 100 voxels of 6 mm3, tilted
    second[0, 0, :3] = 63
    write_image(tmp_path / "masks/b.nii.gz", first, affine_of("LPS", (1, 2, 3), tilt=0.3))
    write_image(tmp_path / "masks/sub/a.nii.gz", second, affine_of("RAS", (0.5, 0.5, 2)))
    write_image(tmp_path / "masks/overlays/b.png", second[..., 0], np.eye(4))  # what predict writes beside its masks
    rows = table(write_volumes(tmp_path / "masks", tmp_path / "volumes.csv"))
    found = [(row["case"], row["label"], row["voxels"], float(row["volume_ml"])) for row in rows]
    assert found == [
        ("b", "1", "100", pytest.approx(0.6)),
        ("b", "63", "0", 0),
        ("sub/a", "1", "0", 0),
        ("sub/a", "63", "3", pytest.approx(0.0015)),
    ]
    assert float(rows[0]["voxel_mm3"]) == pytest.approx(6)


def test_a_picture_has_no_millilitres(tmp_path):
    mask = np.zeros((6, 5), np.uint8)
    mask[:2] = 255
    write_image(tmp_path / "masks/a.png", mask, np.eye(4))
    (row,) = table(write_volumes(tmp_path / "masks", tmp_path / "volumes.csv"))
    assert (row["label"], row["voxels"], row["voxel_mm3"], row["volume_ml"]) == ("255", "10", "", "")


def test_all_that_cannot_be_counted_is_named_and_nothing_written(tmp_path):
    probability = np.full((4, 4, 4), 0.4, np.float32)
    for name in ("a", "b"):
        write_image(tmp_path / f"masks/{name}.nii.gz", probability, affine_of())
    write_image(tmp_path / "masks/c.nii.gz", np.ones((4, 4, 4), np.uint8), affine_of())
    with pytest.raises(MetricError) as error:
        write_volumes(tmp_path / "masks", tmp_path / "volumes.csv", workers=2)
    assert "a.nii.gz" in str(error.value)
    assert "b.nii.gz" in str(error.value)
    assert not (tmp_path / "volumes.csv").exists()


def test_masks_without_any_label_are_no_table_of_nothing(tmp_path):
    write_image(tmp_path / "masks/a.nii.gz", np.zeros((4, 4, 4), np.uint8), affine_of())
    with pytest.raises(MetricError) as error:
        write_volumes(tmp_path / "masks", tmp_path / "volumes.csv")
    assert error.value.found == "1 masks without a label"


def test_a_mask_counts_the_same_in_every_kind_of_file(tmp_path):
    mask = np.zeros((9, 8, 7), np.uint8)
    mask[2:5, 3:7, 1:3] = 1
    names = write_in_every_kind(tmp_path / "masks", mask, affine_of("LPS", (1, 2, 3)))
    rows = table(write_volumes(tmp_path / "masks", tmp_path / "volumes.csv"))
    assert [(row["case"], row["voxels"], row["volume_ml"]) for row in rows] == [(name, "24", "0.144") for name in names]


def test_lengths_that_are_no_mm_are_no_volume(tmp_path):
    write_image(tmp_path / "masks/a.nii.gz", np.ones((4, 4, 4), np.uint8), affine_of("RAS", (0.001, 0.001, 0.005)))
    with raised(DataError, found="a spacing of 0.001 x 0.001 x 0.005"):
        write_volumes(tmp_path / "masks", tmp_path / "volumes.csv")


def test_a_file_of_any_name_is_one_row(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_image("=cmd/a\nb.nii.gz", np.ones((4, 4, 4), np.uint8), affine_of())
    (row,) = table(write_volumes("=cmd", tmp_path / "volumes.csv"))
    assert row["case"] == "a\\x0ab"
    assert not row["file"].startswith("=")

"""Finished masks find their cases by name, lie on the scans' grids, and say what is missing."""

from pathlib import Path

import numpy as np
import pytest

from segrepro.datasets.label_map import LabelMap
from segrepro.images.io import write_image
from segrepro.inference.given_masks import GivenMasks, Settings, read_given_mask
from segrepro.utils.errors import SegreproError
from tests.raised import raised
from tests.scans import prepared_record

LESION = LabelMap(values={1: "lesion"}, ignored=None)
ORGANS = LabelMap(values={1: "liver", 5: "spleen"}, ignored=9)


def mask(path: Path, value: int = 1, shape=(4, 3, 2), affine=None) -> Path:
    array = np.zeros(shape, np.uint8 if value < 256 else np.uint16)
    array[:2] = value
    write_image(path, array, np.eye(4) if affine is None else affine)
    return path


def given(folder: Path, *records, **settings) -> GivenMasks:
    return GivenMasks(Settings(folder=str(folder), **settings), records)


def test_a_mask_has_its_cases_id_or_its_scans_name_wherever_it_lies(tmp_path):
    records = [
        prepared_record("a"),
        prepared_record("b", images={"t1": "scans/bb_0000.nii.gz"}),
        prepared_record("c", images={"t1": "scans/c-scan.nii.gz"}),
    ]
    for name in ("a", "bb", "below/c-scan", "stranger"):
        mask(tmp_path / f"{name}.nii.gz")
    found = given(tmp_path, *records).masks(records, LESION)
    assert sorted(found) == ["a", "b", "c"]
    assert found["a"].dtype == np.uint8
    assert found["a"][:, 0, 0].tolist() == [1, 1, 0, 0]


def test_a_name_that_scans_of_two_cases_share_means_neither(tmp_path):
    records = [prepared_record(name, images={"t1": f"{name}/t1.nii.gz"}) for name in ("a", "b")]
    mask(tmp_path / "t1.nii.gz")
    mask(tmp_path / "a.nii.gz")
    assert given(tmp_path, *records, without_mask="empty").missing == ["b"]


def test_cases_without_a_mask_are_named_unless_the_settings_say_what_they_count_as(tmp_path):
    records = [prepared_record(name) for name in ("a", "b", "c")]
    mask(tmp_path / "a.nii.gz")
    with pytest.raises(SegreproError) as error:
        given(tmp_path, *records)
    assert [line.partition("found ")[2].partition(";")[0] for line in str(error.value).splitlines()] == [
        "no mask of the case b",
        "no mask of the case c",
    ]
    empty = given(tmp_path, *records, without_mask="empty")
    assert empty.note == "2 of 3 cases have no mask and are counted as empty"
    assert {case: int(found.sum()) for case, found in empty.masks(records, LESION).items()} == {"a": 12, "b": 0, "c": 0}
    left_out = given(tmp_path, *records, without_mask="left_out")
    assert left_out.note == "2 of 3 cases have no mask and are left out"
    assert list(left_out.masks(records, LESION)) == ["a"]


def test_every_mask_of_another_grid_is_named_at_once(tmp_path):
    records = [prepared_record(name) for name in ("a", "b", "c")]
    mask(tmp_path / "a.nii.gz")
    mask(tmp_path / "b.nii.gz", shape=(4, 3, 3))
    mask(tmp_path / "c.nii.gz", affine=np.diag([1, 1, 2, 1]))
    with pytest.raises(SegreproError) as error:
        given(tmp_path, *records).masks(records, LESION)
    lines = str(error.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [str(tmp_path / f"{name}.nii.gz") for name in "bc"]


def test_a_mask_whose_axes_run_otherwise_is_turned(tmp_path):
    record = prepared_record()
    values = (np.arange(24).reshape(record.source_shape) % 3 == 0).astype(np.uint8)
    write_image(tmp_path / "plain.nii.gz", values, np.array(record.affine))
    flip = np.diag([-1.0, 1, 1, 1])
    flip[0, 3] = record.source_shape[0] - 1
    write_image(tmp_path / "flipped.nii.gz", values[::-1], np.array(record.affine) @ flip)
    for name in ("plain", "flipped"):
        np.testing.assert_array_equal(read_given_mask(tmp_path / f"{name}.nii.gz", record, LESION), values)


@pytest.mark.parametrize("value", [3, 255, 65535])
def test_a_binary_mask_may_be_stored_as_any_program_does(tmp_path, value):
    found = read_given_mask(
        mask(tmp_path / "a.nii.gz", value), prepared_record(), LabelMap(values={3: "x"}, ignored=None)
    )
    assert sorted(set(found.ravel().tolist())) == [0, 3]


def test_one_is_not_taken_for_a_label_of_another_value(tmp_path):
    """Masks of several labels, of which a study learns one, hold in some cases only the other."""
    two = LabelMap(values={2: "edge"}, ignored=None)
    with raised(SegreproError, found="the value 1", expected="0 and the labels 2", remedy="own label values"):
        read_given_mask(mask(tmp_path / "a.nii.gz", 1), prepared_record(), two)


def test_probabilities_are_called_so(tmp_path):
    write_image(tmp_path / "a.nii.gz", np.full((4, 3, 2), 0.25, np.float32), np.eye(4))
    with raised(SegreproError, found="the value 0.25", remedy="probabilities or a scan: threshold it"):
        read_given_mask(tmp_path / "a.nii.gz", prepared_record(), LESION)


def test_two_masks_of_a_case_are_a_fault_and_none_is_chosen(tmp_path):
    """As in a folder of nnU-Net's, with validation and post-processed masks below it."""
    for name in ("fold_0/validation/a", "postprocessed/a", "b"):
        mask(tmp_path / f"{name}.nii.gz")
    with raised(SegreproError, where="postprocessed/a.nii.gz", expected="one mask of the case a"):
        given(tmp_path, prepared_record("a"), prepared_record("b"))


def test_labels_are_the_data_sets_own(tmp_path):
    for value in (5, 9):
        assert read_given_mask(mask(tmp_path / "a.nii.gz", value), prepared_record(), ORGANS).max() == value
    with raised(SegreproError, found="the value 2", expected="0 and the labels 1, 5, 9"):
        read_given_mask(mask(tmp_path / "b.nii.gz", 2), prepared_record(), ORGANS)


def test_what_is_no_folder_is_said(tmp_path):
    with raised(SegreproError, found="no folder"):
        given(tmp_path / "nowhere", prepared_record())


def test_what_an_annotator_drew_lies_with_the_cases(tmp_path):
    drawn = mask(tmp_path / "result.nii.gz")
    records = [
        prepared_record("a").model_copy(update={"annotations": {"o3": drawn}}),
        prepared_record("b").model_copy(update={"annotations": {"o4": drawn}}),
    ]
    found = GivenMasks(Settings(annotator="o3", without_mask="left_out"), records)
    assert (sorted(found.masks(records, LESION)), found.missing) == (["a"], ["b"])
    with pytest.raises(SegreproError) as caught:
        GivenMasks(Settings(annotator="o3"), records)
    assert (caught.value.where, caught.value.found) == ("annotator o3", "no mask of the case b")


@pytest.mark.parametrize("sources", [{}, {"folder": "masks", "annotator": "o3"}])
def test_masks_have_one_source(sources):
    with pytest.raises(ValueError, match="one of predictions and annotator"):
        Settings(**sources)

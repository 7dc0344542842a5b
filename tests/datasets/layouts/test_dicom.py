"""A clinic's tree: every mask finds its series by UID, wherever both lie."""

import numpy as np
import pytest

from segrepro.datasets.layouts.dicom import find_cases, find_label_names
from segrepro.datasets.phantoms._dicom import place, write_series
from segrepro.images.labels import read_reference
from segrepro.utils.errors import DataError
from tests.images.test_dicom_masks import SHAPE, SPACING, drawn, write_contours, write_segmentation
from tests.raised import raised


@pytest.fixture
def tree(tmp_path):
    """Two patients; one's segmentation lies in a folder of its own, the other has contours and a series without any."""
    rng = np.random.default_rng(0)
    for patient, names in (("anna", ["t1"]), ("bert", ["t1", "t2"])):
        for name in names:
            volume = rng.integers(0, 255, SHAPE, dtype=np.uint8)
            folder = tmp_path / "tree" / patient / name
            write_series(folder, volume, place(rng, 0, SHAPE, SPACING), "s{}".format, f"{patient}-{name}")
    (tmp_path / "tree/masks").mkdir()
    write_segmentation(tmp_path / "tree/masks/1.dcm", drawn(), tmp_path / "tree/anna/t1")
    write_contours(tmp_path / "tree/masks/2.dcm", drawn(), tmp_path / "tree/bert/t2")
    return tmp_path / "tree"


def test_series_are_found_by_uid(tree):
    cases = sorted(find_cases(tree), key=lambda case: case.patient)
    assert [case.patient for case in cases] == ["anna", "bert"]
    assert [case.images for case in cases] == [{"mr": tree / "anna/t1"}, {"mr": tree / "bert/t2"}]
    assert [case.labels for case in cases] == [(tree / "masks/1.dcm",), (tree / "masks/2.dcm",)]
    assert find_label_names(tree) == {1: "core", 2: "edge"}
    for case in cases:
        assert np.array_equal(read_reference(case)[1], drawn())


def test_a_mask_without_its_series_is_a_case_without_image(tree):
    for path in (tree / "anna/t1").iterdir():
        path.unlink()
    (lacking,) = [case for case in find_cases(tree) if not case.images]
    assert lacking.labels == (tree / "masks/1.dcm",)


def test_masks_of_a_series_that_number_otherwise_are_refused(tree, monkeypatch):
    write_contours(tree / "masks/3.dcm", drawn(), tree / "anna/t1")
    names = {"1.dcm": {1: "core", 2: "edge"}, "2.dcm": {1: "core"}, "3.dcm": {1: "edge"}}
    monkeypatch.setattr("segrepro.datasets.layouts.dicom.label_names", lambda path: names[path.name])
    with raised(DataError, where=str(tree / "masks/3.dcm")):
        find_cases(tree)

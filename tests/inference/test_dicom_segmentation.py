"""The DICOM segmentation of a mask holds the mask, and belongs to its series."""

import json

import numpy as np
import pydicom
import pytest

from segrepro.datasets.label_map import LabelMap
from segrepro.datasets.phantoms._dicom import place, write_series
from segrepro.images.dicom import read_slices
from segrepro.images.dicom_masks import label_names, series_of
from segrepro.images.io import read_image
from segrepro.images.labels import read_mask
from segrepro.inference.dicom_segmentation import write_dicom_segmentation
from segrepro.inference.scan_inputs import own_cases
from segrepro.inference.scans import segment_files
from segrepro.utils.errors import DataError
from tests.models import write_model
from tests.raised import raised

pytest.importorskip("highdicom", reason="the extra `dicom` brings highdicom")
LABELS = LabelMap(values={1: "liver", 63: "spleen"})
SHAPE = (18, 21, 5)


@pytest.fixture(params=[0, 3], ids=["straight", "oblique"])
def series(tmp_path, request):
    rng = np.random.default_rng(0)
    volume = rng.integers(0, 255, SHAPE, dtype=np.uint8)
    folder = tmp_path / "patient7"
    write_series(folder, volume, place(rng, request.param, SHAPE, (1.0, 1.0, 3.0)), "s{}".format, "7")
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        data.FrameOfReferenceUID = "1.2.3.4"
        data.save_as(path)
    return folder


def test_the_mask_comes_back(series, tmp_path):
    mask = np.random.default_rng(1).choice(np.array([0, 1, 63], np.uint8), SHAPE)
    mask[:, :, 2] = 0
    path = tmp_path / "mask.dcm"
    write_dicom_segmentation(path, mask, series, LABELS, "xnet")
    assert np.array_equal(LABELS.to_values(read_mask(path, series).array), mask)
    assert label_names(path) == {1: "liver", 2: "spleen"}
    assert series_of(path) == read_slices(series)[0].series
    made = pydicom.dcmread(path)
    assert (made.Modality, made.PatientID) == ("SEG", "INVENTED-ID-7")
    write_dicom_segmentation(tmp_path / "again.dcm", mask, series, LABELS, "xnet")
    assert pydicom.dcmread(tmp_path / "again.dcm").SOPInstanceUID == made.SOPInstanceUID


def test_predict_writes_it_beside_the_mask(series, tmp_path):
    model = write_model(tmp_path / "model", labels={"1": "liver", "63": "spleen"}, activation="softmax")
    cases = own_cases(model, [series], []).cases
    ((mask, _),) = segment_files(cases, [model], tmp_path / "masks", "cpu", dicom=True)
    found = read_mask(mask.with_name("patient7.dcm"), series)
    assert np.array_equal(LABELS.to_values(found.array), read_image(mask).array)
    record = json.loads((tmp_path / "masks/records/patient7.json").read_text())
    assert {"patient7.dcm", "colours/patient7.ctbl", "colours/patient7-itksnap.txt"} < set(record["files"])


def test_a_series_that_lacks_what_is_repeated_is_refused(series, tmp_path):
    for path in series.iterdir():
        data = pydicom.dcmread(path)
        del data.FrameOfReferenceUID
        data.save_as(path)
    with raised(DataError, where="patient7", found="Frame Of Reference"):
        write_dicom_segmentation(tmp_path / "mask.dcm", np.ones(SHAPE, np.uint8), series, LABELS, "xnet")
    assert not (tmp_path / "mask.dcm").exists()


def test_a_scan_that_is_no_series_is_refused(tmp_path):
    model = write_model(tmp_path / "model")
    (tmp_path / "scan.nii.gz").touch()
    cases = own_cases(model, [tmp_path / "scan.nii.gz"], []).cases
    with raised(DataError, where=str(tmp_path / "scan.nii.gz")):
        list(segment_files(cases, [model], tmp_path / "masks", "cpu", dicom=True))
    assert not (tmp_path / "masks").exists()

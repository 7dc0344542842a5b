"""Segmentations and contours of a series, on its grid: every voxel where it was drawn."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from segrepro.datasets.phantoms._dicom import place, write_series
from segrepro.images.dicom import read_series, read_slices
from segrepro.images.dicom_masks import inside_polygons, is_dicom_mask, label_names, read_dicom_mask, series_of
from segrepro.images.labels import read_mask
from segrepro.utils.errors import DataError, GridError
from tests.raised import raised

SHAPE, SPACING = (14, 17, 5), (1.0, 1.5, 3.0)
SEGMENTATION, CONTOURS = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.481.3"


@pytest.fixture(params=range(4), ids=["down", "up", "shuffled", "oblique"])
def series(tmp_path, request):
    rng = np.random.default_rng(0)
    volume = rng.integers(0, 255, SHAPE, dtype=np.uint8)
    write_series(tmp_path / "series", volume, place(rng, request.param, SHAPE, SPACING), "s{}".format, "7")
    return tmp_path / "series"


def drawn() -> np.ndarray:
    """Two labels (column, row, slice) that fill no slice."""
    mask = np.zeros(SHAPE, np.uint8)
    mask[2:6, 3:9, 1:3] = 1
    mask[8:13, 10:15, 2:5] = 2
    return mask


def save(path, data, kind):
    data.SOPClassUID, data.SOPInstanceUID = kind, pydicom.uid.generate_uid()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data.save_as(path, enforce_file_format=True)
    return path


def item(**tags):
    data = Dataset()
    for name, value in tags.items():
        setattr(data, name, Sequence(value) if isinstance(value, list) and isinstance(value[0], Dataset) else value)
    return data


def write_segmentation(path, mask, series, uid=None, shift=0.0):
    """A binary SEG, a frame a label and slice that holds it, as the standard has it."""
    slices, frames, groups = read_slices(series), [], []
    for number in (1, 2):
        for index, one in enumerate(slices):
            if (mask[:, :, index] == number).any():
                frames.append((mask[:, :, index] == number).T)
                position = [f"{value + shift:.9f}"[:16] for value in one.position]
                groups.append(
                    item(
                        PlanePositionSequence=[item(ImagePositionPatient=position)],
                        SegmentIdentificationSequence=[item(ReferencedSegmentNumber=number)],
                    )
                )
    first = slices[0]
    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[f"{v:.9f}"[:16] for v in first.axes.ravel()])],
        PixelMeasuresSequence=[item(PixelSpacing=list(first.spacing_mm[::-1]))],
    )
    data = item(
        SegmentationType="BINARY",
        SegmentSequence=[item(SegmentNumber=n, SegmentLabel=name) for n, name in ((1, "core"), (2, "edge"))],
        ReferencedSeriesSequence=[item(SeriesInstanceUID=uid or first.series)],
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=groups,
        Rows=mask.shape[1], Columns=mask.shape[0], NumberOfFrames=len(frames), SamplesPerPixel=1, BitsAllocated=1,
        BitsStored=1, HighBit=0, PixelRepresentation=0, PhotometricInterpretation="MONOCHROME2",
        PixelData=pydicom.pixels.pack_bits(np.stack(frames).astype(np.uint8).ravel()),
    )  # fmt: skip
    return save(path, data, SEGMENTATION)


def outline(mask, on):
    """Contours in mm of rectangles (column, row), half a pixel around their centres."""
    columns, rows = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    x0, x1, y0, y1 = columns[0] - 0.5, columns[-1] + 0.5, rows[0] - 0.5, rows[-1] + 0.5
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    return on.position + (corners * on.spacing_mm) @ on.axes


def write_contours(path, mask, series):
    regions = []
    for number in (1, 2):
        contours = [
            item(ContourGeometricType="CLOSED_PLANAR", ContourData=[round(float(v), 6) for v in points.ravel()])
            for index, one in enumerate(read_slices(series))
            if (mask[:, :, index] == number).any()
            for points in [outline(mask[:, :, index] == number, one)]
        ]
        regions.append(item(ReferencedROINumber=number, ContourSequence=contours))
    uid = read_slices(series)[0].series
    study = item(RTReferencedSeriesSequence=[item(SeriesInstanceUID=uid)])
    data = item(
        StructureSetROISequence=[item(ROINumber=n, ROIName=name) for n, name in ((1, "core"), (2, "edge"))],
        ReferencedFrameOfReferenceSequence=[item(RTReferencedStudySequence=[study])],
        ROIContourSequence=regions,
    )
    return save(path, data, CONTOURS)


@pytest.mark.parametrize("write", [write_segmentation, write_contours])
def test_every_voxel_is_where_it_was_drawn(series, tmp_path, write):
    path = write(tmp_path / "mask.dcm", drawn(), series)
    assert is_dicom_mask(path)
    assert label_names(path) == {1: "core", 2: "edge"}
    assert series_of(path) == read_slices(series)[0].series
    found = read_mask(path, series)
    assert np.array_equal(found.array, drawn())
    assert np.allclose(found.affine, read_series(series).affine)


def test_a_mask_beside_its_slices_is_passed_over(series):
    write_contours(series / "mask.dcm", drawn(), series)
    assert read_series(series).array.shape == SHAPE


def test_the_mask_of_another_series_is_refused(series, tmp_path):
    path = write_segmentation(tmp_path / "mask.dcm", drawn(), series, uid="1.2.3")
    with raised(DataError, where=str(path), found="a mask of another series"):
        read_dicom_mask(path, series)


def test_frames_between_slices_are_refused(series, tmp_path):
    path = write_segmentation(tmp_path / "mask.dcm", drawn(), series, shift=0.4)
    with raised(GridError, where=str(path)):
        read_dicom_mask(path, series)


def test_a_mask_without_its_series_and_a_damaged_one_are_refused(series, tmp_path):
    path = write_segmentation(tmp_path / "mask.dcm", drawn(), series)
    with raised(DataError, found="a DICOM mask without its series"):
        read_mask(path)
    path.write_bytes(path.read_bytes()[:-20])
    with raised(DataError, where=str(path)):
        read_dicom_mask(path, series)


@pytest.mark.parametrize(
    ("write", "tag"),
    [
        (write_segmentation, "SharedFunctionalGroupsSequence"),
        (write_segmentation, "Rows"),
        (write_segmentation, "SegmentSequence"),
        (write_contours, "ROIContourSequence"),
        (write_contours, "ReferencedFrameOfReferenceSequence"),
    ],
)
def test_a_mask_that_lacks_a_part_is_refused(series, tmp_path, write, tag):
    path = write(tmp_path / "mask.dcm", drawn(), series)
    data = pydicom.dcmread(path)
    del data[tag]
    data.save_as(path)
    with raised(DataError, where=str(path)):
        read_dicom_mask(path, series)


def test_a_mask_of_more_frames_than_can_be_read_is_refused(series, tmp_path):
    path = write_segmentation(tmp_path / "mask.dcm", drawn(), series)
    data = pydicom.dcmread(path)
    data.NumberOfFrames = 10**8
    data.save_as(path)
    with raised(DataError, where=str(path)) as caught:
        read_dicom_mask(path, series)
    assert "GB in memory" in caught.value.found


def test_a_contour_in_a_contour_is_a_hole():
    def square(low, high):
        return np.array([(low, low), (high, low), (high, high), (low, high)])

    found = inside_polygons([square(0.5, 7.5), square(2.5, 5.5)], (9, 9))
    expected = np.zeros((9, 9), bool)
    expected[1:8, 1:8] = True
    expected[3:6, 3:6] = False
    assert np.array_equal(found, expected)


def test_no_mask_is_no_mask(series, tmp_path):
    (tmp_path / "text.dcm").write_text("no DICOM")
    assert not is_dicom_mask(tmp_path / "text.dcm")
    assert not is_dicom_mask(next(series.iterdir()))

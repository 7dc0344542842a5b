"""Masks that clinics draw: DICOM segmentations (SEG) and contours (RTSTRUCT), on the grid of the series they belong to.

As of slices, only the tags named here are read.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np

from segrepro.images.dicom import read_slices
from segrepro.images.dicom_size import COPY_AGAIN, PREAMBLE, is_marked, require_inflatable, require_said_size
from segrepro.images.dicom_stack import NEAR_MM, Slice, affine_of
from segrepro.images.image import Image
from segrepro.images.size_limit import require_size
from segrepro.utils.errors import DataError, GridError, SegreproError

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")  # of bits, of label values
CONTOURS = "1.2.840.10008.5.1.4.1.1.481.3"
TAGS = (
    *("SOPClassUID", "SegmentationType", "SegmentSequence", "ReferencedSeriesSequence", "MaximumFractionalValue"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "SamplesPerPixel", "NumberOfFrames"),
    *("PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("PixelData", "ReferencedFrameOfReferenceSequence", "StructureSetROISequence", "ROIContourSequence"),
)
OFF_GRID = 0.05  # of a voxel
FLAT = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")


def is_dicom_mask(path: Path) -> bool:
    """Whether a file is a DICOM segmentation or a set of contours."""
    import pydicom

    if not (path.is_file() and is_marked(path)):
        return False
    try:
        with warnings.catch_warnings(action="ignore"):
            kind = pydicom.dcmread(path, specific_tags=["SOPClassUID"], stop_before_pixels=True).get("SOPClassUID")
    except Exception:  # pydicom raises all kinds of errors for what is no DICOM
        return False
    return str(kind) in (*SEGMENTATIONS, CONTOURS)


def label_names(path: Path) -> dict[int, str]:
    """Number to name of what a mask holds: its segments, or its regions of interest."""
    data = _read(path)
    with _reading(path):
        if str(data.SOPClassUID) == CONTOURS:
            return {int(roi.ROINumber): str(roi.ROIName) for roi in _items(path, data, "StructureSetROISequence")}
        return {int(one.SegmentNumber): str(one.SegmentLabel) for one in _items(path, data, "SegmentSequence")}


def series_of(path: Path) -> str:
    """The SeriesInstanceUID of the series that a mask belongs to. Raises DataError unless it names one."""
    data = _read(path)
    with _reading(path):
        if str(data.SOPClassUID) == CONTOURS:
            frames = _items(path, data, "ReferencedFrameOfReferenceSequence")
            studies = [study for frame in frames for study in frame.get("RTReferencedStudySequence", ())]
            named = [one for study in studies for one in study.get("RTReferencedSeriesSequence", ())]
        else:
            named = _items(path, data, "ReferencedSeriesSequence")
        found = {str(one.SeriesInstanceUID) for one in named}
    if len(found) != 1:
        raise DataError(path, f"{len(found)} series that it belongs to", "one", "Export it again, for one series.")
    return found.pop()


def read_dicom_mask(path: Path, series: Path) -> Image:
    """The numbers of segments or regions as (column, row, slice), uint8, on the grid of the series in a folder.

    Where they overlap the larger number counts. A voxel is in a contour when its centre is; contours within contours
    are holes. Raises DataError when the mask names another series, holds numbers above 255, or cannot be read,
    GridError when a frame or a contour lies on no slice of the series.
    """
    slices = read_slices(series, pixels=False)
    if slices[0].series != series_of(path):
        raise DataError(path, "a mask of another series", f"one of the series in {series}", "Name its own series.")
    if numbers := [number for number in label_names(path) if not 0 < number <= 255]:
        raise DataError(path, f"the segment number {numbers[0]}", "1 to 255", "Number the segments anew.")
    mask = np.zeros((len(slices), *slices[0].shape), np.uint8)
    with _reading(path):
        data = _read(path, pixels=True)
        frames = _contours(path, data, slices) if str(data.SOPClassUID) == CONTOURS else _frames(path, data, slices)
        for index, number, inside in frames:
            np.maximum(mask[index], inside * np.uint8(number), out=mask[index])
    return Image(mask.transpose(2, 1, 0), affine_of(slices))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What a header lacks, or has in another form, is a fault of the file."""
    try:
        yield
    except (SegreproError, MemoryError):
        raise
    except Exception:  # pydicom decodes a value when it is asked for, and raises all kinds of errors
        raise DataError(path, "a header that is not whole", "a complete DICOM mask", COPY_AGAIN) from None


@lru_cache(maxsize=1)  # a mask is asked for its names and its series, one after the other
def _read(path: Path, pixels: bool = False):
    import pydicom

    require_inflatable(path, PREAMBLE)
    try:
        with warnings.catch_warnings(action="ignore"):
            return pydicom.dcmread(path, specific_tags=list(TAGS), stop_before_pixels=not pixels)
    except Exception:  # pydicom raises all kinds of errors where a header breaks off
        raise DataError(path, "a damaged header", "a complete DICOM file", COPY_AGAIN) from None


def _items(path: Path, data, name: str) -> list:
    found = list(data.get(name) or ())
    if not found:
        raise DataError(path, f"no {name}", "a segmentation or contours of a series", "Export it again.")
    return found


def _frames(path: Path, data, slices: list[Slice]) -> Iterator[tuple[int, int, np.ndarray]]:
    """Slice, number and (row, column) of each frame of a segmentation."""
    shared, kind = data.SharedFunctionalGroupsSequence[0], data.get("SegmentationType")
    groups = _items(path, data, "PerFrameFunctionalGroupsSequence")
    if (data.Rows, data.Columns) != slices[0].shape:
        found = f"frames of {data.Rows} x {data.Columns} pixels"
        raise GridError(path, found, "{} x {}, as the series has".format(*slices[0].shape), "Export it again.")
    count = int(data.get("NumberOfFrames") or 1)
    require_size(path, count * data.Rows * data.Columns, path.stat().st_size)
    if data.file_meta.TransferSyntaxUID.is_encapsulated:
        require_said_size(path, data.PixelData, *slices[0].shape, count)
    try:
        pixels = data.pixel_array.reshape(len(groups), data.Rows, data.Columns)
    except Exception:  # pydicom raises all kinds of errors here too
        raise DataError(path, "frames that cannot be read", "a complete segmentation", COPY_AGAIN) from None
    for group, frame in zip(groups, pixels):
        _require_axes(path, [group, shared], slices[0])
        position = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        index = _slice_at(path, position, slices)
        if kind == "LABELMAP":
            for number in np.unique(frame[frame > 0]):
                yield index, int(number), frame == number
        else:
            # Of fractions the likelier half.
            half = float(data.MaximumFractionalValue) / 2 if kind == "FRACTIONAL" else 0
            yield index, int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber), frame > half


def _require_axes(path: Path, groups: list, first: Slice) -> None:
    """Raise GridError unless a frame has the directions and the spacing of the series."""

    def value(sequence: str, tag: str) -> np.ndarray:
        held = next((group[sequence][0] for group in groups if sequence in group), {})
        return np.array(held.get(tag) or [0], float)

    axes = value("PlaneOrientationSequence", "ImageOrientationPatient")
    spacing = value("PixelMeasuresSequence", "PixelSpacing")[::-1]
    same = axes.size == 6 and np.abs(axes.reshape(2, 3) - first.axes).max() < 1e-3
    if not (same and np.abs(spacing - first.spacing_mm).max() < 1e-3 * first.spacing_mm.max()):
        raise GridError(path, "frames of another orientation or spacing", "those of its series", "Export it again.")


def _slice_at(path: Path, position: np.ndarray, slices: list[Slice]) -> int:
    """The slice whose first pixel lies at a position, up to a twentieth of a voxel."""
    gaps = [np.linalg.norm(one.position - position) for one in slices]
    index = int(np.argmin(gaps))
    if gaps[index] > max(OFF_GRID * slices[0].spacing_mm.min(), NEAR_MM):
        raise GridError(path, f"a frame {gaps[index]:.3g} mm off any slice", "frames on slices", "Export it again.")
    return index


def _contours(path: Path, data, slices: list[Slice]) -> Iterator[tuple[int, int, np.ndarray]]:
    """Slice, number and (row, column) of each region on each slice."""
    for region in _items(path, data, "ROIContourSequence"):
        polygons: dict[int, list[np.ndarray]] = {}
        for contour in region.get("ContourSequence", ()):
            if contour.ContourGeometricType in FLAT:
                points = np.array(contour.ContourData, float).reshape(-1, 3)
                index = _slice_of(path, points, slices)
                polygons.setdefault(index, []).append(_in_pixels(points, slices[index]))
        for index, found in polygons.items():
            yield index, int(region.ReferencedROINumber), inside_polygons(found, slices[index].shape)


def _slice_of(path: Path, points: np.ndarray, slices: list[Slice]) -> int:
    """The slice that a contour lies on, up to half of the gap between slices."""
    normal = np.cross(*slices[0].axes)
    places = np.array([one.position @ normal for one in slices])
    heights = points @ normal
    index = int(np.argmin(np.abs(places - heights.mean())))
    apart, half = float(np.abs(heights - places[index]).max()), (places[-1] - places[0]) / (len(places) - 1) / 2
    if apart > half:
        raise GridError(path, f"a contour {apart:.3g} mm off any slice", "contours on slices", "Export it again.")
    return index


def _in_pixels(points: np.ndarray, on: Slice) -> np.ndarray:
    """Points in mm as (column, row)."""
    return (points - on.position) @ on.axes.T / on.spacing_mm


def inside_polygons(polygons: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """The pixels (row, column) whose centres lie inside an odd number of closed polygons of points (column, row).

    >>> square = np.array([(0.5, 0.5), (3.5, 0.5), (3.5, 2.5), (0.5, 2.5)])
    >>> inside_polygons([square], (4, 5)).astype(int).sum(axis=1).tolist()
    [0, 3, 3, 0]
    """
    crossed = np.zeros(shape, bool)
    columns, rows = np.arange(shape[1]), np.arange(shape[0])
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0)):
            for row in rows[(rows >= min(y0, y1)) & (rows < max(y0, y1))]:
                # Every edge turns over what lies to its right: what is turned over an odd number of times is inside.
                crossed[row] ^= columns > x0 + (row - y0) * (x1 - x0) / (y1 - y0)
    return crossed

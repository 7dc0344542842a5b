"""A mask as a DICOM segmentation (SEG) of the series it was made from, for a PACS or a viewer of DICOM."""

import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import segrepro
from segrepro.datasets.label_map import LabelMap
from segrepro.images.dicom import read_slices
from segrepro.utils.errors import DataError

if TYPE_CHECKING:
    import pydicom

SERIES_NUMBER = 900
MAY_BE_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
CODES = "99SEGREPRO"  # of our own, since a label's name may be anything


def write_dicom_segmentation(path: Path, mask: np.ndarray, series: Path, labels: LabelMap, model: str) -> None:
    """Write a mask as one segment a label, with the patient and the study of its series.

    mask: label values (column, row, slice) on the grid of the series in a folder. model: what made it, by name. The
    same mask of the same series gets the same UIDs. Raises DataError when the series lacks what has to be repeated.
    """
    import highdicom
    import pydicom

    sources = [_header(one.path) for one in read_slices(series, pixels=False)]
    content = hashlib.sha256(mask.tobytes() + model.encode()).hexdigest()
    uids = [pydicom.uid.generate_uid(entropy_srcs=[sources[0].SeriesInstanceUID, content, what]) for what in "so"]
    try:
        with warnings.catch_warnings(action="ignore"):
            made = highdicom.seg.Segmentation(
                source_images=sources,
                pixel_array=np.ascontiguousarray(labels.to_channels(mask).transpose(2, 1, 0)),
                segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
                segment_descriptions=[_described(number, name, model) for number, name in labels.channels],
                series_instance_uid=uids[0],
                series_number=SERIES_NUMBER,
                sop_instance_uid=uids[1],
                instance_number=1,
                manufacturer="segrepro",
                manufacturer_model_name=model,
                software_versions=segrepro.__version__,
                device_serial_number="0",
                series_description=f"segrepro {model}",
            )
            made.save_as(path)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        found = f"slices from which no segmentation can be made ({error})"
        raise DataError(series, found, "complete headers", "Leave --dicom-seg out.") from None


def _header(path: Path) -> "pydicom.Dataset":
    """The header of a slice, with what the standard wants there, though empty; empty too what is no date or time."""
    import pydicom

    data = pydicom.dcmread(path, stop_before_pixels=True)
    for name in MAY_BE_EMPTY:
        data.setdefault(name, "")
        kind = {"DA": pydicom.valuerep.DA, "TM": pydicom.valuerep.TM}.get(data[name].VR, str)
        try:
            kind(data[name].value or "")
        except ValueError:
            data[name].value = ""
    return data


def _described(number: int, name: str, model: str):
    """What a segment is, for programs; the name is all that is known of it."""
    import highdicom
    from pydicom.sr.codedict import codes

    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=name[:64],
        segmented_property_category=codes.SCT.Tissue,
        segmented_property_type=highdicom.sr.CodedConcept(f"LABEL{number}", CODES, name[:64]),
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=model[:64], version=segrepro.__version__, family=codes.DCM.ArtificialIntelligence
        ),
    )

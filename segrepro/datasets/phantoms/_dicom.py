"""Writing a drawn volume as CHAOS has its scans: a folder of DICOM slices and a folder of PNG masks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.images.io import write_image

CT_STORAGE, MR_STORAGE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"


@dataclass(frozen=True)
class Placement:
    """How a patient's volume, drawn in RAS+, lies in the scanner and in the order of file names.

    flips: axes of the array that are turned round. affine: (x, y, z) of the turned array to mm in RAS+.
    order: for each file name, by number, the slice it holds.
    """

    flips: tuple[int, ...]
    affine: np.ndarray
    order: np.ndarray

    def turned(self, array: np.ndarray) -> np.ndarray:
        """A drawn array as it is written."""
        return np.flip(array, self.flips)


def place(rng: np.random.Generator, patient: int, shape: tuple[int, ...], spacing_mm: tuple[float, ...]) -> Placement:
    """Four placements in turn: names that count down from the head as in CHAOS, names that count up, names
    shuffled over slices seen from the head, and an oblique scan."""
    kind = patient % 4
    flips = (1,) if kind == 2 else (0, 1)
    tilt = rng.uniform(0.05, 0.15) if kind == 3 else 0.0
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = -0.5 * (np.array(shape) - 1) * spacing_mm
    for axis in flips:
        affine[:3, 3] += affine[:3, axis] * (shape[axis] - 1)
        affine[:3, axis] *= -1
    c, s = np.cos(tilt), np.sin(tilt)
    turn = np.array([[1, 0, 0, 12.5], [0, c, -s, -40], [0, s, c, 1600], [0, 0, 0, 1]])
    up = np.arange(shape[2])
    order = [up[::-1], up, rng.permutation(up), up[::-1]][kind]
    return Placement(flips, turn @ affine, order)


def write_series(
    folder: Path,
    volume: np.ndarray,
    placement: Placement,
    name: Callable[[int], str],
    patient: str,
    intercept: int | None = None,
) -> None:
    """Write one DICOM file a slice.

    volume: integers (x, y, z) as drawn. name: file name without ending, from its number, counted from 0.
    intercept: CT with this rescale intercept; None for MR, which has none.
    The headers hold an invented name, number and birth date, to show that none of them gets out.
    """
    stored = placement.turned(volume).astype(np.int32) - (intercept or 0)
    folder.mkdir(parents=True)
    common = _common(placement.affine, patient, folder.name, intercept)
    for number, index in enumerate(placement.order):
        _write_slice(folder / f"{name(number)}.dcm", stored[:, :, index].T, placement, int(index), number, dict(common))


def write_masks(folder: Path, labels: np.ndarray, placement: Placement, name: Callable[[int], str]) -> None:
    """Write one PNG a slice, in the order of the DICOM names. labels: grey values (x, y, z) as drawn, uint8."""
    turned = placement.turned(labels)
    for number, index in enumerate(placement.order):
        write_image(folder / f"{name(number)}.png", np.ascontiguousarray(turned[:, :, index].T), np.eye(4))


def _common(affine: np.ndarray, patient: str, series: str, intercept: int | None) -> dict:
    """The tags that all slices of a series share."""
    from pydicom.uid import generate_uid

    lps = np.diag([-1.0, -1.0, 1.0]) @ affine[:3, :3]
    spacing = np.linalg.norm(lps, axis=0)
    tags = {
        "SOPClassUID": MR_STORAGE if intercept is None else CT_STORAGE,
        "Modality": "MR" if intercept is None else "CT",
        "PatientName": f"Invented^{patient}",
        "PatientID": f"INVENTED-ID-{patient}",
        "PatientBirthDate": "19630229",
        "StudyInstanceUID": generate_uid(entropy_srcs=[patient]),
        "SeriesInstanceUID": generate_uid(entropy_srcs=[patient, series]),
        "ImageOrientationPatient": [_decimal(v) for v in (lps[:, :2] / spacing[:2]).T.ravel()],
        "PixelSpacing": [_decimal(spacing[1]), _decimal(spacing[0])],
        # As in the challenge, the thickness of a slice is not its distance to the next one.
        "SliceThickness": _decimal(1.6 * spacing[2]),
    }
    if intercept is not None:
        tags |= {"RescaleSlope": 1, "RescaleIntercept": intercept}
    return tags


def _decimal(value: float) -> str:
    """A decimal string, which has at most 16 characters in DICOM."""
    return f"{value:.9f}"[:16]


def _write_slice(path: Path, pixels: np.ndarray, placement: Placement, index: int, number: int, tags: dict) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    position = placement.affine @ (0, 0, index, 1) * (-1, -1, 1, 1)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for tag, value in tags.items():
        setattr(data, tag, value)
    data.InstanceNumber = number + 1
    data.ImagePositionPatient = [_decimal(v) for v in position[:3]]
    data.set_pixel_data(pixels.astype(np.uint16), "MONOCHROME2", 16)
    # set_pixel_data has just drawn one by chance.
    data.SOPInstanceUID = generate_uid(entropy_srcs=[tags["SeriesInstanceUID"], str(number)])
    data.save_as(path, enforce_file_format=True)

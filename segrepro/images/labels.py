"""Masks on disk as label values on the grid of their scan."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from segrepro.images.dicom import read_slice_masks
from segrepro.images.dicom_masks import is_dicom_mask, read_dicom_mask
from segrepro.images.geometry import require_same_grid
from segrepro.images.image import PICTURES, VOLUMES, Image, is_picture
from segrepro.images.scans import read_grid, read_scan
from segrepro.utils.errors import DataError

# ATLAS stores its masks through a slope: 1 comes back as 0.9999999997671694.
WHOLE_WITHIN = 1e-3
# How programs store the one label of a binary mask, besides by its value.
FULL = (255, 65535)


class Labelled(Protocol):
    """Images by modality and the files of their label, such as a `segrepro.datasets.case.Case`."""

    images: Mapping[str, Path]
    labels: Sequence[Path]
    label_ranges: Sequence[tuple[int, int, int]]


def read_reference(case: Labelled) -> tuple[Image, np.ndarray]:
    """The grid of a case's first image, which counts, and the case's label values on that grid, uint8.

    The grid is an image whose voxels are not to be looked at; see `read_grid`, which raises as this does, `read_label`
    besides.
    """
    modality, path = next(iter(case.images.items()))
    image = read_grid(modality, path)
    return image, read_label(case.labels, image, path, case.label_ranges)


def read_label(
    paths: Sequence[Path],
    reference: Image,
    reference_path: Path,
    ranges: Sequence[tuple[int, int, int]] = (),
) -> np.ndarray:
    """Label files, or folders of PNG masks beside a folder of DICOM slices, as uint8 on the reference's grid.

    ranges: (low, high, label), the raw values from low to high that stand for a label; without any, all values
    above 0 are label 1. Where files overlap the larger label counts.
    Raises GridError when a file lies on another grid, DataError for a value above 0 outside all ranges.
    """
    union = np.zeros_like(reference.array, np.uint8)  # in the memory order of the files
    for path in paths:
        mask = read_mask(path, reference_path)
        require_same_grid(mask, reference, path, reference_path)
        np.maximum(union, labels_of(mask.array, ranges, path), out=union)
    return union


def read_mask(path: str | Path, reference_path: str | Path | None = None) -> Image:
    """The raw values of a mask, (x, y, z) or (row, column), however it is stored.

    A NIfTI volume may have trailing axes of length 1, a picture may keep its grey in colours or beside an alpha. What
    lies within a thousandth of a whole number is that number.
    reference_path: for a folder of PNG masks, a DICOM segmentation or contours, the folder of the DICOM slices that
    they were drawn on.
    Raises DataError for a coloured picture, a series or a file that cannot be read.
    """
    path = Path(path)
    if reference_path is not None and path.is_dir() and any(is_picture(p) for p in path.iterdir()):
        return read_slice_masks(path, reference_path)
    if not path.name.lower().endswith(VOLUMES + PICTURES) and is_dicom_mask(path):
        if reference_path is None or not Path(reference_path).is_dir():
            raise DataError(path, "a DICOM mask without its series", "the series' folder as the scan", "Name both.")
        return read_dicom_mask(path, Path(reference_path))
    mask = read_scan(path)
    return Image(_whole(mask.array), mask.affine)


def _whole(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind != "f":
        return array
    nearest = np.rint(array)
    return np.where(np.abs(array - nearest) <= WHOLE_WITHIN, nearest, array)


def labels_of(mask: np.ndarray, ranges: Sequence[tuple[int, int, int]], path: Path) -> np.ndarray:
    """The labels that raw values stand for, as `read_label` says; `path` is what an error names."""
    if not ranges:
        return mask > 0
    labels = np.zeros(mask.shape, np.uint8)
    for low, high, label in ranges:
        labels[(mask >= low) & (mask <= high)] = label
    strange = np.unique(mask[(labels == 0) & (mask != 0)])
    if len(strange):
        shown = ", ".join(f"{value:g}" for value in strange[:5]) + (", ..." if len(strange) > 5 else "")
        expected = "0 or " + ", ".join(f"{low}-{high}" for low, high, _ in ranges)
        raise DataError(path, f"the values {shown}", expected, "Fetch the masks of the current release.")
    return labels

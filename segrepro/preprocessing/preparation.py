"""From a scan to arrays ready for training.

Prepared arrays are (S, H, W): slice, row, column. A volume is first turned to RAS+, so that S runs from foot
to head, H from back to front and W from left to right; then each slice is brought to one size. A picture becomes a
single slice; a coloured one gives the channels red, green, blue and gray.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, PositiveInt

from segrepro.datasets.case import Case
from segrepro.images.geometry import orientation_of, require_same_grid, to_slices
from segrepro.images.image import Image, is_picture
from segrepro.images.io import read_image
from segrepro.images.labels import read_label
from segrepro.images.scans import COLOURED, SERIES, read_modality, read_scan
from segrepro.preprocessing.normalization import Normalization, scaled
from segrepro.preprocessing.resize_crop import Crop, NetworkGrid, to_network_grid, windows
from segrepro.utils.errors import DataError
from segrepro.utils.validation import Strict

COLOURS = ("red", "green", "blue")
GRAY_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


class Preparation(Strict):
    """How scans become arrays.

    slices: "axial" for volumes, "none" for pictures, which are slices already.
    modalities: those to prepare; None for all.
    resize: rows and columns that every slice is resampled to first; None keeps its own.
    size: rows and columns of every prepared slice.
    start: row and column of the full slice at which the crop begins; None centres it.
    normalization: of all images, or by channel; it sees each whole scan, before the crop.
    """

    renamed = {"images": "modalities", "scaling": "normalization"}

    slices: Literal["axial", "none"] = "axial"
    modalities: tuple[str, ...] | None = None
    resize: tuple[PositiveInt, PositiveInt] | None = None
    size: tuple[PositiveInt, PositiveInt]
    start: tuple[int, int] | None = None
    normalization: Normalization | dict[str, Normalization] = "minmax"

    def normalization_of(self, channel: str) -> Normalization:
        """How the images of a channel are scaled: as named, else as `default` says, else minmax."""
        if isinstance(self.normalization, str):
            return self.normalization
        return self.normalization.get(channel) or self.normalization.get("default", "minmax")


class PreparedCase(NetworkGrid):
    """What is known of a case once it is prepared: its grid, what it was made from and how; as `cases.json` holds it.

    images, labels, label_ranges: as of the `Case`. channels: of its arrays, without "label". label_voxels: labelled
    voxels inside the crop; label_voxels_lost: those outside of it, None where slices were resized; both None without a
    label. sha256: digest of each array on disk, by channel, "label" included. facts: of its features, by their names.
    """

    patient: str
    site: str
    preparation: Preparation
    images: dict[str, Path]
    labels: tuple[Path, ...]
    label_ranges: tuple[tuple[int, int, int], ...]
    versions: dict[str, str]
    channels: tuple[str, ...]
    label_voxels: int | None = None
    label_voxels_lost: int | None = None
    sha256: dict[str, str] = {}
    facts: dict[str, dict] = Field({}, exclude=True)  # each stands in the `cases.json` of its feature


@dataclass(frozen=True)
class Prepared:
    """arrays: channel to float16, and "label" (where the case has one) to uint8; each (S, H, W).

    record: how they lie in the scan, and where they come from.
    raw_range: lowest and highest value of each channel's scan before it was scaled.
    """

    arrays: dict[str, np.ndarray]
    record: dict
    raw_range: dict[str, tuple[float, float]]


def prepare_case(case: Case, preparation: Preparation) -> Prepared:
    """Prepare one case.

    Raises GridError when images or labels of the case lie on different grids, DataError when a file cannot
    be read, an image holds NaN or infinity, a volume meets `slices: none` (or a picture `axial`), or the
    crop misses the scan.
    """
    paths = _chosen(case, preparation)
    scans = {channel: (path, scan) for name, path in paths.items() for channel, scan in _read(name, path, preparation)}
    reference_path, reference = next(iter(scans.values()))
    for path, scan in scans.values():
        require_same_grid(scan, reference, path, reference_path)
    full = {
        channel: scaled(scan.array, preparation.normalization_of(channel), path)
        for channel, (path, scan) in scans.items()
    }
    if case.labels:
        full["label"] = read_label(case.labels, reference, reference_path, case.label_ranges)
    record = _describe(case, paths, preparation, reference, tuple(scans))
    arrays = {channel: to_network_grid(array, record) for channel, array in full.items()}
    if "label" in arrays:
        inside, drawn = (int(np.count_nonzero(a)) for a in (arrays["label"], full["label"]))
        lost = drawn - inside if preparation.resize is None else None
        record = record.model_copy(update={"label_voxels": inside, "label_voxels_lost": lost})
    raw_range = {channel: (float(scan.array.min()), float(scan.array.max())) for channel, (_, scan) in scans.items()}
    return Prepared(arrays, record, raw_range)


def _chosen(case: Case, preparation: Preparation) -> dict[str, Path]:
    wanted = preparation.modalities or tuple(case.images)
    missing = [modality for modality in wanted if modality not in case.images]
    if missing or not wanted:
        found = f"no image {missing[0]}" if missing else "no image"
        raise DataError(case.id, found, "one image a modality", "Complete the case or remove it.")
    return {modality: case.images[modality] for modality in wanted}


def prepared_channels(modalities: Iterable[str]) -> list[str]:
    """The channels that images of these modalities are prepared to.

    >>> prepared_channels(["rgb"]), prepared_channels(["t1", "ctp"])
    (['gray', 'red', 'green', 'blue'], ['t1'])
    """
    found = [("gray", *COLOURS) if name == COLOURED else (name,) for name in modalities if name != SERIES]
    return [channel for channels in found for channel in channels]


def _read(modality: str, path: Path, preparation: Preparation) -> list[tuple[str, Image]]:
    """The channels of an image: the scan itself, or grey and the colours of the picture `rgb`."""
    picture = is_picture(path)
    if picture != (preparation.slices == "none"):
        found, wanted = ("a picture", "a volume") if picture else ("a volume", "a picture")
        expected = f"{wanted} (slices: {preparation.slices})"
        raise DataError(path, found, expected, "Change the preparation's slices.")
    if modality != COLOURED:
        return [(modality, read_scan(path))]
    read_modality(modality, path)  # complains of a grey one
    image = read_image(path)
    channels = np.moveaxis(image.array, 2, 0)
    gray = Image(image.array.astype(np.float32) @ GRAY_WEIGHTS, image.affine)
    return [("gray", gray), *((name, Image(channel, image.affine)) for name, channel in zip(COLOURS, channels))]


def _describe(
    case: Case, paths: dict[str, Path], preparation: Preparation, scan: Image, channels: tuple[str, ...]
) -> PreparedCase:
    import nibabel as nib

    import segrepro

    path = next(iter(paths.values()))
    orientation = orientation_of(scan, path)
    full_shape = to_slices(np.empty(scan.array.shape, np.bool_), orientation).shape
    frame = preparation.resize or full_shape[1:]
    start = preparation.start or tuple((n - m) // 2 for n, m in zip(frame, preparation.size))
    crop = Crop(start=start, size=preparation.size)
    if any(w.stop <= w.start for w in windows(frame, crop)[0]):
        found = f"slices of {tuple(frame)}, all outside the crop from {start}"
        raise DataError(path, found, "slices that the crop meets", "Change the preparation's start.")
    return PreparedCase(
        case=case.id,
        patient=case.patient,
        site=case.site,
        preparation=preparation,
        images=paths,
        labels=case.labels,
        label_ranges=case.label_ranges,
        source_shape=scan.array.shape,
        affine=scan.affine.tolist(),
        orientation=orientation,
        full_shape=full_shape,
        resize=preparation.resize,
        crop=crop,
        spacing_mm=_spacing(scan, orientation, full_shape, preparation),
        versions={"segrepro": segrepro.__version__, "numpy": np.__version__, "nibabel": nib.__version__},
        channels=channels,
        shape=(full_shape[0], *preparation.size),
    )


def _spacing(scan: Image, orientation: str | None, full_shape: tuple, preparation: Preparation) -> list[float]:
    """Spacing (S, H, W) of the prepared slices in mm; of a picture in its own pixels."""
    import nibabel as nib

    spacing = [1.0, 1.0, 1.0]
    if orientation:
        order = nib.io_orientation(scan.affine)[:, 0].argsort()[::-1]
        spacing = [float(scan.spacing_mm[axis]) for axis in order]
    if preparation.resize:
        spacing[1:] = [s * n / m for s, n, m in zip(spacing[1:], full_shape[1:], preparation.resize)]
    return spacing

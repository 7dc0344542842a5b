"""From a scan to arrays ready for training.

Prepared arrays are (S, H, W): slice, row, column. A volume is first turned to RAS+, so that S of axial slices runs
from foot to head, H from back to front and W from left to right (`to_slices` says how coronal and sagittal ones run);
then it is resampled, if wanted, and each slice is brought to one size. A picture becomes a single slice; a coloured
one gives the channels red, green, blue and gray.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, PositiveInt, model_validator

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.images import CT, LEAST_HU
from segrepro.images.dicom_values import AIR_HU
from segrepro.images.geometry import PLANE_AXES, Plane, orientation_of, require_same_grid, to_slices
from segrepro.images.image import Image, is_picture
from segrepro.images.io import read_image
from segrepro.images.labels import read_label
from segrepro.images.scans import COLOURED, SERIES, read_modality, read_scan
from segrepro.preprocessing.normalization import Normalization, Normalizations, outside_value, scaled
from segrepro.preprocessing.resampling import resampling_to
from segrepro.preprocessing.resize_crop import Crop, NetworkGrid, to_network_grid, windows
from segrepro.utils.errors import DataError
from segrepro.utils.say import say_once
from segrepro.utils.validation import Strict

Millimetres = Annotated[float, Field(gt=0)]
COLOURS = ("red", "green", "blue")
SAMPLE = 2**17
GRAY_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


class Preparation(Strict):
    """How scans become arrays.

    slices: the plane in which volumes are cut; "none" for pictures, which are slices already.
    modalities: those to prepare; None for all.
    spacing_mm: between slices, rows and columns, that every volume is resampled to; None, also of one of the three,
        keeps the scan's own.
    resize: rows and columns that every slice is resized to, in place of a spacing; None keeps its own.
    size: rows and columns of every prepared slice.
    start: row and column of the full slice at which the crop begins; None centres it.
    normalization: of all images, or by channel; it sees each whole scan, before the crop.
    scored_size: rows and columns that both masks of a picture are brought to before they are scored; None: its own.
    """

    renamed = {"images": "modalities", "scaling": "normalization"}

    slices: Plane | Literal["none"] = "axial"
    modalities: tuple[str, ...] | None = None
    spacing_mm: tuple[Millimetres | None, Millimetres | None, Millimetres | None] | None = Field(
        None,
        exclude_if=lambda spacing: spacing is None,  # keeps the hashes of what is not resampled
    )
    resize: tuple[PositiveInt, PositiveInt] | None = None
    size: tuple[PositiveInt, PositiveInt]
    start: tuple[int, int] | None = None
    normalization: Normalizations = "minmax"
    scored_size: tuple[PositiveInt, PositiveInt] | None = Field(None, exclude_if=lambda size: size is None)

    def normalization_of(self, channel: str) -> Normalization:
        """How the images of a channel are scaled: as named, else as `default` says, else minmax."""
        if not isinstance(self.normalization, dict):
            return self.normalization
        return self.normalization.get(channel) or self.normalization.get("default", "minmax")

    @model_validator(mode="after")
    def _keys_fit(self) -> "Preparation":
        if self.spacing_mm and (self.resize or self.slices == "none"):
            other = "resize" if self.resize else "slices: none, whose pixels have no size"
            raise ValueError(f"spacing_mm beside {other}", "one of them", "Set spacing_mm or the other to null.")
        if self.scored_size and self.slices != "none":
            raise ValueError(
                f"scored_size with slices {self.slices}", "slices: none", "Volumes are scored as they are."
            )
        return self


class IntensityRange(Strict):
    """Lowest and highest value of a scan, and the values that 1 and 99 % of it lie below."""

    low: float
    p1: float
    p99: float
    high: float


class PreparedCase(NetworkGrid):
    """What is known of a case once it is prepared: its grid, what it was made from and how; as `cases.json` holds it.

    images, labels, label_ranges, annotations: as of the `Case`. channels: of its arrays, without "label". intensities:
    of each channel's scan, before it was scaled. label_voxels: labelled voxels in the crop; label_voxels_lost: those
    outside of it, None where slices were resampled or resized; both None without a label. sha256: digest of each array
    on disk, by channel, "label" included. facts: of its features, by their names.
    """

    patient: str
    site: str
    preparation: Preparation
    images: dict[str, Path]
    labels: tuple[Path, ...]
    label_ranges: tuple[tuple[int, int, int], ...]
    annotations: dict[str, Path] = Field({}, exclude_if=lambda files: not files)
    versions: dict[str, str]
    channels: tuple[str, ...]
    intensities: dict[str, IntensityRange] = {}
    label_voxels: int | None = None
    label_voxels_lost: int | None = None
    sha256: dict[str, str] = {}
    facts: dict[str, dict] = Field({}, exclude=True)  # each stands in the `cases.json` of its feature


@dataclass(frozen=True)
class Prepared:
    """arrays: channel to float16, and "label" (where the case has one) to uint8; each (S, H, W).

    record: how they lie in the scan, and where they come from.
    """

    arrays: dict[str, np.ndarray]
    record: PreparedCase


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
    ways = {channel: preparation.normalization_of(channel) for channel in scans}
    full = {channel: scaled(scan.array, ways[channel], path) for channel, (path, scan) in scans.items()}
    if case.labels:
        full["label"] = read_label(case.labels, reference, reference_path, case.label_ranges)
    record = _describe(case, paths, preparation, reference, tuple(scans))
    arrays = {name: to_network_grid(array, record, outside_value(ways.get(name))) for name, array in full.items()}
    if "label" in arrays:
        inside, drawn = (int(np.count_nonzero(a)) for a in (arrays["label"], full["label"]))
        lost = None if record.is_resampled else drawn - inside
        record = record.model_copy(update={"label_voxels": inside, "label_voxels_lost": lost})
    intensities = {channel: _intensities(scan.array) for channel, (_, scan) in scans.items()}
    return Prepared(arrays, record.model_copy(update={"intensities": intensities}))


def _intensities(array: np.ndarray) -> IntensityRange:
    """Percentiles are those of about SAMPLE voxels, at even steps."""
    some = array.ravel(order="K")[:: max(1, array.size // SAMPLE)]
    p1, p99 = np.percentile(some, (1, 99))
    return IntensityRange(low=float(array.min()), p1=float(p1), p99=float(p99), high=float(array.max()))


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
        scan = read_scan(path)
        return [(modality, _without_padding(scan, path) if modality == CT else scan)]
    read_modality(modality, path)  # complains of a grey one
    image = read_image(path)
    channels = np.moveaxis(image.array, 2, 0)
    gray = Image(image.array.astype(np.float32) @ GRAY_WEIGHTS, image.affine)
    return [("gray", gray), *((name, Image(channel, image.affine)) for name, channel in zip(COLOURS, channels))]


def _without_padding(scan: Image, path: Path) -> Image:
    """CT in which all below air is air: scanners and converters write such numbers where nothing was measured."""
    lowest = scan.array.min()
    if not LEAST_HU <= lowest < AIR_HU:  # below, they are no Hounsfield units
        return scan
    say_once(
        (path, "padding"), f"{path}: values from {lowest:g} HU on are padding; below {AIR_HU} HU all counts as air"
    )
    return Image(np.maximum(scan.array, scan.array.dtype.type(AIR_HU)), scan.affine)


def _describe(
    case: Case, paths: dict[str, Path], preparation: Preparation, scan: Image, channels: tuple[str, ...]
) -> PreparedCase:
    import nibabel as nib

    import segrepro

    grid = _grid(case.id, scan, next(iter(paths.values())), preparation)
    return PreparedCase(
        **dict(grid),
        patient=case.patient,
        site=case.site,
        preparation=preparation,
        images=paths,
        labels=case.labels,
        label_ranges=case.label_ranges,
        annotations=case.annotations,
        versions={"segrepro": segrepro.__version__, "numpy": np.__version__, "nibabel": nib.__version__},
        channels=channels,
    )


def _grid(case: str, scan: Image, path: Path, preparation: Preparation) -> NetworkGrid:
    """The network's grid of a scan. Raises DataError when the crop misses the scan."""
    orientation = orientation_of(scan, path)
    plane = "axial" if orientation is None else preparation.slices
    full_shape = to_slices(np.empty(scan.array.shape, np.bool_), orientation, plane).shape
    spacing_mm, frame, resampling = _spacing(scan, orientation, plane), full_shape, None
    if preparation.spacing_mm:
        resampling = resampling_to(full_shape, spacing_mm, preparation.spacing_mm)
        frame, spacing_mm = resampling.shape, resampling.mm
    if preparation.resize:
        spacing_mm[1:] = [s * n / m for s, n, m in zip(spacing_mm[1:], full_shape[1:], preparation.resize)]
        frame = (full_shape[0], *preparation.resize)
    start = preparation.start or tuple((n - m) // 2 for n, m in zip(frame[1:], preparation.size))
    crop = Crop(start=start, size=preparation.size)
    if any(w.stop <= w.start for w in windows(frame[1:], crop)[0]):
        found = f"slices of {tuple(frame[1:])}, all outside the crop from {start}"
        raise DataError(path, found, "slices that the crop meets", "Change the preparation's start.")
    return NetworkGrid(
        case=case,
        source_shape=scan.array.shape,
        affine=scan.affine.tolist(),
        orientation=orientation,
        plane=plane,
        full_shape=full_shape,
        resampling=resampling,
        resize=preparation.resize,
        crop=crop,
        spacing_mm=spacing_mm,
        shape=(frame[0], *preparation.size),
    )


def _spacing(scan: Image, orientation: str | None, plane: Plane) -> list[float]:
    """Spacing (S, H, W) of a scan's slices in mm; of a picture in its own pixels."""
    import nibabel as nib

    if orientation is None:
        return [1.0, 1.0, 1.0]
    file_axis_of = nib.io_orientation(scan.affine)[:, 0].argsort()
    return [float(scan.spacing_mm[file_axis_of[axis]]) for axis in PLANE_AXES[plane]]

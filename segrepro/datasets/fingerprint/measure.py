"""What a data set is like: spacings, shapes, intensities and sizes of labels, measured case by case."""

from functools import cached_property
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case, Dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.layouts import find_ignore_label, find_label_names, fitting_layout, open_dataset
from segrepro.images.geometry import orientation_of
from segrepro.images.image import is_picture
from segrepro.images.labels import read_label
from segrepro.images.scans import read_modality
from segrepro.utils.errors import DataError, raise_together
from segrepro.utils.parallel import for_each
from segrepro.utils.validation import Strict

PERCENTILES = (0.5, 50, 99.5)
# Labelled voxels of a case whose intensities are kept, at even steps; enough for percentiles of all cases.
SAMPLES = 5000


class Intensities(Strict):
    """Of one scan, a coloured picture by its first colour, a series by its first volume.

    low, median, high: percentiles 0.5, 50 and 99.5. zeros: the share of voxels that are exactly 0.
    """

    lowest: float
    low: float
    median: float
    high: float
    highest: float
    mean: float
    std: float
    zeros: float


class CaseMeasures(Strict):
    """One case. spacing_mm, shape: along x (left to right), y (back to front) and z (foot to head); of a picture its
    columns and rows, without a spacing. ml, voxels: of each label value."""

    case: str
    patient: str
    site: str
    part: str | None
    orientation: str | None
    spacing_mm: tuple[float, float, float] | None
    shape: tuple[int, ...]
    intensities: dict[str, Intensities]
    voxels: dict[int, int]
    ml: dict[int, float]


class Foreground(Strict):
    """The intensities of the labelled voxels of all cases, of which each case counts with as many at most.

    low, high: percentiles 0.5 and 99.5.
    """

    mean: float
    std: float
    low: float
    high: float


class Fingerprint(Strict):
    """A data set. labels: names by value; foreground: by modality, empty where nothing is labelled."""

    name: str
    layout: str
    cases: list[CaseMeasures]
    labels: dict[int, str]
    ignore_label: int | None
    foreground: dict[str, Foreground]

    @cached_property
    def patients(self) -> list[str]:
        """The patients, sorted."""
        return sorted({case.patient for case in self.cases})

    @cached_property
    def sites(self) -> list[str]:
        """The sites that are named, sorted."""
        return sorted({case.site for case in self.cases} - {""})

    @cached_property
    def modalities(self) -> list[str]:
        """Those of the first case, which all share once a data set is sound."""
        return list(self.cases[0].intensities)

    @property
    def pictures(self) -> bool:
        """Whether the scans are pictures, without a size in mm."""
        return self.cases[0].spacing_mm is None

    @cached_property
    def spacings(self) -> np.ndarray:
        """(cases, 3) mm along x, y and z."""
        return np.array([case.spacing_mm for case in self.cases])

    @cached_property
    def shapes(self) -> np.ndarray:
        """(cases, 3) voxels along x, y and z; (cases, 2) columns and rows of pictures."""
        return np.array([case.shape for case in self.cases])


def fingerprint_folder(folder: Path, layout: str | None = None, workers: int = 1) -> Fingerprint:
    """The fingerprint of the data set in a folder. layout: the one that fits if it is not named.

    Raises DataError, a line each, for all faults that `check_dataset` finds; masks may be empty.
    """
    dataset = open_dataset(layout or fitting_layout(folder), folder)
    faults = check_dataset(dataset, allow_empty=True, folds=0, workers=workers)
    raise_together([DataError(one.file or one.case, one.found, one.expected, one.remedy) for one in faults])
    return measure_dataset(dataset, workers)


def measure_dataset(dataset: Dataset, workers: int = 1) -> Fingerprint:
    """Read every scan and mask of a data set once, which must be sound."""
    found = for_each(_measure, dataset.cases, workers, "measured cases")
    modalities = dict.fromkeys(name for _, samples in found for name in samples)
    pooled = {name: np.concatenate([samples.get(name, np.empty(0)) for _, samples in found]) for name in modalities}
    return Fingerprint(
        name=dataset.name,
        layout=dataset.layout,
        cases=[measures for measures, _ in found],
        labels=find_label_names(dataset.layout, dataset.folder),
        ignore_label=find_ignore_label(dataset.layout, dataset.folder),
        foreground={name: _foreground(values) for name, values in pooled.items() if values.size},
    )


def _foreground(values: np.ndarray) -> Foreground:
    low, high = np.percentile(values, (PERCENTILES[0], PERCENTILES[-1]))
    return Foreground(mean=float(values.mean()), std=float(values.std()), low=float(low), high=float(high))


def _measure(case: Case) -> tuple[CaseMeasures, dict[str, np.ndarray]]:
    """The measures of a case, and by modality the intensities of some labelled voxels."""
    scans = {modality: read_modality(modality, path) for modality, path in case.images.items()}
    path, scan = next(iter(case.images.values())), next(iter(scans.values()))
    label = read_label(case.labels, scan, path, case.label_ranges)
    voxels = {int(value): int(count) for value, count in zip(*np.unique(label[label > 0], return_counts=True))}
    places = np.flatnonzero(label)
    places = places[:: max(1, len(places) // SAMPLES)][:SAMPLES]
    samples = {modality: one.array.ravel()[places].astype(np.float64) for modality, one in scans.items()}
    picture = is_picture(path)
    order = [1, 0] if picture else _file_axes(scan)
    spacing = None if picture else tuple(scan.spacing_mm[axis] for axis in order)
    voxel_ml = 0 if picture else float(np.prod(spacing)) / 1000
    measures = CaseMeasures(
        case=case.id,
        patient=case.patient,
        site=case.site,
        part=case.part,
        orientation=orientation_of(scan, path),
        spacing_mm=spacing,
        shape=tuple(scan.array.shape[axis] for axis in order),
        intensities={modality: _intensities(one.array) for modality, one in scans.items()},
        voxels=voxels,
        ml={} if picture else {value: count * voxel_ml for value, count in voxels.items()},
    )
    return measures, samples


def _file_axes(scan) -> list[int]:
    """The axis of a volume's array that runs along x, y and z."""
    import nibabel as nib

    return [int(axis) for axis in nib.io_orientation(scan.affine)[:, 0].argsort()]


def _intensities(array: np.ndarray) -> Intensities:
    low, median, high = (float(value) for value in np.percentile(array, PERCENTILES))
    return Intensities(
        lowest=float(array.min()),
        low=low,
        median=median,
        high=high,
        highest=float(array.max()),
        mean=float(array.mean(dtype=np.float64)),
        std=float(array.std(dtype=np.float64)),
        zeros=float(np.count_nonzero(array == 0) / array.size),
    )

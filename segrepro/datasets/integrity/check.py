"""What is wrong with a data set: every fault of every case, found before the first long job."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np

from segrepro.datasets.case import Case, Dataset
from segrepro.datasets.integrity.cases import (
    empty_parts,
    missing_files,
    name_faults,
    part_faults,
    same_images,
    too_few,
)
from segrepro.datasets.integrity.facts import CaseFacts, case_facts, set_facts
from segrepro.datasets.integrity.fault import Fault
from segrepro.datasets.integrity.grids import off_grid
from segrepro.datasets.integrity.images import image_faults, opened, turned_pictures
from segrepro.datasets.integrity.known import known_or_not, slices_against
from segrepro.datasets.integrity.labels import label_faults
from segrepro.datasets.layouts import DatasetFolder, find_test_cases, layout_module
from segrepro.datasets.releases.recognise import FoundSet
from segrepro.datasets.releases.release import Facts
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.image import Image
from segrepro.images.labels import read_reference
from segrepro.utils.csv_files import write_rows
from segrepro.utils.errors import DataError
from segrepro.utils.folders import listed, packed_files
from segrepro.utils.parallel import for_each
from segrepro.utils.say import say_once


class Settings(DatasetFolder):
    """Which data set is looked at.

    phantom: whether it is synthetic, so that it is no release; replica: or a replica of one. folds: for how many there
    must be patients; official: whether there must be official parts.
    count_slices: whether the list of cases says how many slices each has, and which hold a label that is learned.
    measure_volumes: whether it says how many ml of learned labels each has.
    """

    phantom: bool
    replica: bool = False
    labels: list[int]
    allow_empty: bool = False
    folds: int
    official: bool = False
    count_slices: bool
    measure_volumes: bool = False


@dataclass(frozen=True)
class Findings:
    """What a check found: faults, notes that stop nothing, the release (None where none is known), and numbers."""

    faults: list[Fault]
    notes: list[Fault]
    release: FoundSet | None
    facts: Facts


COLUMNS = ("case", "file", "found", "expected", "remedy")  # of the table of faults


def check_dataset(
    dataset: Dataset,
    allow_empty: bool = False,
    folds: int | None = None,
    workers: int = 1,
    labels: Sequence[int] | None = None,
) -> list[Fault]:
    """All faults of a data set, whatever release it is, as `inspect_dataset` finds them; none: it can be used."""
    return inspect_dataset(dataset, None, allow_empty, folds, workers, labels).faults


def inspect_dataset(
    dataset: Dataset,
    release: FoundSet | None,
    allow_empty: bool = False,
    folds: int | None = None,
    workers: int = 1,
    labels: Sequence[int] | None = None,
    official: bool | None = None,
) -> Findings:
    """All faults of a data set, notes on it and its numbers.

    release: what was recognised in its folder. What it is known to hold is a note, and its numbers of slices hold.
    Cases that a submission is made from count as cases of a part without labels.
    Over all cases: a missing image, label or modality, an id or patient twice, a patient in two official parts, one
    image under two names, too few patients for the folds.
    Per case: a file or DICOM series that cannot be read, a series where one volume belongs, an affine without
    inverse, a picture that EXIF turns, NaN or infinity, an image of one value only, a spacing not in mm, CT not in HU,
    another shape, orientation, spacing or affine than the case's first image, label values that do not belong, an
    empty label.

    allow_empty: whether labels without foreground are right, as for healthy controls.
    labels: values that label files may hold besides 0; by default the case's ranges, or what the layout says.
    official: whether both official parts must be there; by default if the cases have parts that no study does without,
    and no folds divide them.
    """
    layout = layout_module(dataset.layout)
    if packed := packed_files(Path(dataset.folder)):
        line = f"{dataset.folder}: {listed(packed)} not unpacked: nothing is read of what is in there"
        say_once(("packed", dataset.folder), line)
    values = getattr(layout, "LABEL_VALUES", None) if labels is None else labels
    cases = [*dataset.cases, *find_test_cases(dataset.layout, dataset.folder)]
    inspect = partial(_inspect, allow_empty=allow_empty, binary=layout.BINARY_LABELS, values=values)
    results = for_each(inspect, cases, workers, "checked cases")
    facts = [result.facts for result in results if result.facts]
    faults = [
        *_missing(cases, layout, release),
        *(fault for result in results for fault in result.faults),
        *name_faults(cases),
        *part_faults(cases),
        *same_images([entry for result in results for entry in result.digests]),
        *too_few(dataset.cases, dataset.folder, folds),
        *empty_parts(dataset.cases, dataset.folder, _wanted_parts(dataset, release, official, folds)),
    ]
    if release and not release.own:
        release, wrong = slices_against(release, facts)
        faults += wrong
    kept, notes = known_or_not(faults, release)
    kept = _one_level_off(release, cases, kept)
    own = {case.id for case in dataset.cases}
    return Findings(kept, notes, release, set_facts(dataset.cases, [one for one in facts if one.case.id in own]))


def _one_level_off(release: FoundSet | None, cases: Sequence[Case], faults: list[Fault]) -> list[Fault]:
    """The faults; of a folder within a release that holds images alone one, in place of one for each case."""
    if not (release and release.inside and faults) or any(case.labels for case in cases):
        return faults
    found, expected = f"a folder within {release.set.title}, without any mask", "the release's own folder"
    return [Fault("", str(release.folder), found, expected, f"Point to {release.root}.")]


def _missing(cases: Sequence[Case], layout: ModuleType, release: FoundSet | None) -> list[Fault]:
    """What cases lack that their layout or release says they have."""
    required = getattr(layout, "REQUIRED_MODALITIES", ())
    return missing_files(cases, required, getattr(layout, "OPTIONAL_MODALITIES", ()), _withheld(release))


def _withheld(release: FoundSet | None) -> bool | None:
    """Whether a release's test part has no masks; None where no release tells."""
    part = release.parts.get("test") if release and not release.own else None
    return None if part is None else not part.part.masks


def _wanted_parts(
    dataset: Dataset, release: FoundSet | None, official: bool | None, folds: int | None
) -> tuple[str, ...]:
    """The official parts that must be there: what is trained on of every divided set, the test part where it counts."""
    divided = any(case.part for case in dataset.cases)
    optional = release is not None and any(found.part.optional for found in release.parts.values())
    if official or (official is None and divided and folds in (None, 1) and not optional):
        return ("train", "test")
    return ("train",) if divided else ()


@dataclass(frozen=True)
class _Inspected:
    """digests: case id, file and digest of the voxels of each image. facts: None where no image could be read."""

    faults: list[Fault]
    digests: list[tuple[str, Path, str]]
    facts: CaseFacts | None


def _inspect(case: Case, allow_empty: bool, binary: bool, values: Sequence[int] | None) -> _Inspected:
    """What the files of one case show."""
    faults, images = turned_pictures(case), {}
    for modality, path in case.images.items():
        scan, found = opened(case, path, modality)
        faults += found or image_faults(case, modality, path, scan)
        if scan:
            images[path] = scan
    reference = next(iter(images.items()), None)
    faults += [f for path, scan in list(images.items())[1:] for f in off_grid(case, path, scan, reference)]
    faults += label_faults(case, reference, allow_empty, binary, values)
    for path in case.annotations.values():
        faults += label_faults(replace(case, labels=(path,), label_ranges=()), reference, True, True, None)
    digests = [(case.id, path, _digest(scan)) for path, scan in images.items()]
    return _Inspected(faults, digests, case_facts(case, *reference) if reference else None)


def _digest(scan: Image) -> str:
    """The same for equal voxels, in whatever type a file holds them."""
    voxels = np.ascontiguousarray(scan.array, np.float32)
    return hashlib.sha256(str(voxels.shape).encode() + voxels.tobytes()).hexdigest()


def labelled_slices(case: Case, labels: Sequence[int]) -> tuple[int, list[int]]:
    """How many slices a case has, and the numbers of those that hold one of these labels."""
    scan, label = read_reference(case)
    slices = to_slices(np.isin(label, labels), orientation_of(scan, next(iter(case.images.values()))))
    return len(slices), np.flatnonzero(slices.any(axis=(1, 2))).tolist()


def labelled_ml(case: Case, labels: Sequence[int]) -> float:
    """The volume of these labels of a case, in ml."""
    scan, label = read_reference(case)
    return np.count_nonzero(np.isin(label, labels)) * float(np.prod(scan.spacing_mm)) / 1000


def write_faults(faults: Sequence[Fault], path: str | Path) -> None:
    """Write one row a fault, with the columns case, file, found, expected, remedy; only a header if all is well."""
    write_rows(path, [COLUMNS, *([getattr(fault, name) for name in COLUMNS] for fault in faults)])


def require_sound(faults: Sequence[Fault], path: str | Path) -> None:
    """If there are faults, write them all to the table at `path` and raise DataError with their number and the
    first three; else remove a table that is there from before."""
    if not faults:
        Path(path).unlink(missing_ok=True)
        return
    write_faults(faults, path)
    cases = len({fault.case for fault in faults if fault.case})
    first = "; ".join(f"{fault.file or fault.case}: {fault.found}" for fault in faults[:3])
    more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
    number = f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in {cases} case{'s' if cases != 1 else ''}"
    raise DataError(path, f"{number} ({first}{more})", "a sound data set", "Mend or remove what this table lists.")

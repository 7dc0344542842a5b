"""What is wrong with a data set: every fault of every case, found before the first long job."""

import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.base import Case, Dataset, layout_module
from segrepro.errors import DataError, SegreproError
from segrepro.files import whole_file
from segrepro.grids import orientation_of, read_scan, require_same_grid
from segrepro.images import Image
from segrepro.parallel import for_each


@dataclass(frozen=True)
class Fault:
    """One fault: the case's id and the file (either may be empty), what was found and expected, what to
    do."""

    case: str
    file: str
    found: str
    expected: str
    remedy: str


def check_dataset(
    dataset: Dataset, allow_empty: bool = False, folds: int | None = None, workers: int = 1
) -> list[Fault]:
    """All faults of a data set; an empty list means that it can be used.

    Per case: a missing image or label, a file that cannot be read, a series where one volume belongs, an
    affine without inverse, NaN or infinity, an image of one value only, a label on another grid than its
    image, a label with other values than 0 and one more (unless the layout's published labels have more), an
    empty label.
    Over all cases: an id twice, one image under two names, fewer patients than folds.

    allow_empty: whether labels without foreground are right, as for healthy controls.
    """
    binary = layout_module(dataset.layout).BINARY_LABELS
    inspect = partial(_inspect, allow_empty=allow_empty, binary=binary)
    results = for_each(inspect, dataset.cases, workers, "checked cases")
    faults = [fault for found, _ in results for fault in found]
    digests = [entry for _, found in results for entry in found]
    return faults + _twice(dataset.cases, digests) + _too_few(dataset, folds)


def _inspect(case: Case, allow_empty: bool, binary: bool) -> tuple[list[Fault], list[tuple[str, Path, str]]]:
    """The faults of one case, and (case id, file, digest of the voxels) of its images."""
    faults = [] if case.images else [_missing(case, "image", case.labels)]
    if not case.labels:
        faults.append(_missing(case, "label", case.images.values()))
    images = {}
    for path in case.images.values():
        scan, found = _opened(case, path)
        faults += found or _image_faults(case, path, scan)
        if scan:
            images[path] = scan
    reference = next(iter(images.items()), None)
    faults += [f for path, scan in list(images.items())[1:] for f in _off_grid(case, path, scan, reference)]
    faults += _label_faults(case, reference, allow_empty, binary)
    return faults, [(case.id, path, _digest(scan)) for path, scan in images.items()]


def _missing(case: Case, kind: str, others: Sequence[Path]) -> Fault:
    beside = str(next(iter(others), ""))
    return Fault(case.id, beside, f"no {kind} beside it", f"one {kind} a case", "Add it, or remove the case.")


def _opened(case: Case, path: Path) -> tuple[Image | None, list[Fault]]:
    try:
        scan = read_scan(path)
        orientation_of(scan, path)
        return scan, []
    except SegreproError as error:
        return None, [_fault(case, error)]
    except OSError as error:
        return None, [Fault(case.id, str(path), f"an unreadable file ({error.strerror})", "a readable file", "")]


def _fault(case: Case, error: SegreproError) -> Fault:
    return Fault(case.id, error.where, error.found, error.expected, error.remedy)


def _image_faults(case: Case, path: Path, scan: Image) -> list[Fault]:
    low, high = scan.array.min(), scan.array.max()
    if not np.isfinite([low, high]).all():
        wrong = int(np.count_nonzero(~np.isfinite(scan.array)))
        found = f"NaN or infinity in {wrong} voxels"
        return [Fault(case.id, str(path), found, "finite values", "Export the image again.")]
    if low == high:
        return [Fault(case.id, str(path), f"the value {low} everywhere", "an image", "Export the image again.")]
    return []


def _off_grid(case: Case, path: Path, scan: Image, reference: tuple[Path, Image] | None) -> list[Fault]:
    try:
        if reference:
            require_same_grid(scan, reference[1], path, reference[0])
    except SegreproError as error:
        return [_fault(case, error)]
    return []


def _label_faults(case: Case, reference: tuple[Path, Image] | None, allow_empty: bool, binary: bool) -> list[Fault]:
    faults, foreground, read = [], False, 0
    for path in case.labels:
        label, found = _opened(case, path)
        faults += found
        if label is None:
            continue
        faults += _off_grid(case, path, label, reference) + _value_faults(case, path, label, binary)
        foreground, read = foreground or bool((label.array > 0).any()), read + 1
    if case.labels and read == len(case.labels) and not (foreground or allow_empty):
        remedy = "Draw the label, remove the case, or set allow_empty if it is right."
        faults.append(Fault(case.id, str(case.labels[0]), "an empty label", "some foreground", remedy))
    return faults


def _value_faults(case: Case, path: Path, label: Image, binary: bool) -> list[Fault]:
    values = np.unique(label.array)
    sound = np.isfinite(values).all() and (values >= 0).all()
    if sound and (not binary or np.count_nonzero(values) <= 1):
        return []
    shown = ", ".join(f"{v:g}" for v in values[:5]) + (", ..." if len(values) > 5 else "")
    expected = "0 and one more" if binary else "0 and values above"
    return [Fault(case.id, str(path), f"the values {shown}", expected, "Write the label as 0 and 1, without loss.")]


def _digest(scan: Image) -> str:
    header = f"{scan.array.shape} {scan.array.dtype}".encode()
    return hashlib.sha256(header + scan.array.tobytes()).hexdigest()


def _twice(cases: Sequence[Case], digests: Sequence[tuple[str, Path, str]]) -> list[Fault]:
    faults = [
        Fault(case, "", f"{count} cases of this id", "one", "Rename or remove all but one.")
        for case, count in Counter(case.id for case in cases).items()
        if count > 1
    ]
    same = defaultdict(list)
    for case, path, digest in digests:
        same[digest].append((case, path))
    for (_, first), *others in same.values():
        for case, path in others:
            found = f"the same voxels as {first}"
            remedy = "Keep one: the other would stand in training and test at once."
            faults.append(Fault(case, str(path), found, "an image of its own", remedy))
    return faults


def _too_few(dataset: Dataset, folds: int | None) -> list[Fault]:
    patients = len({case.patient for case in dataset.cases})
    if folds is None or patients >= folds:
        return []
    found, remedy = f"{patients} patients", "Add patients or lower the number of folds."
    return [Fault("", str(dataset.folder), found, f"at least {folds}, one a fold", remedy)]


def write_faults(faults: Sequence[Fault], path: str | Path) -> None:
    """Write one row a fault, with the columns case, file, found, expected, remedy; only a header if all is
    well."""
    with whole_file(path) as partial_path, open(partial_path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Fault)])
        writer.writerows(astuple(fault) for fault in faults)


def require_sound(faults: Sequence[Fault], path: str | Path) -> None:
    """Raise DataError if there are faults, with their number and the first three; the table at `path` has
    all."""
    if not faults:
        return
    cases = len({fault.case for fault in faults if fault.case})
    first = "; ".join(f"{fault.file or fault.case}: {fault.found}" for fault in faults[:3])
    more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
    number = f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in {cases} case{'s' if cases != 1 else ''}"
    raise DataError(path, f"{number} ({first}{more})", "a sound data set", "Mend or remove what this table lists.")

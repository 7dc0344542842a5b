"""From a scan to arrays ready for training, and from such arrays back to the scan's own grid.

Prepared arrays are (S, H, W): slice, row, column. A volume is first turned to RAS+, so that S runs from foot
to head, H from back to front and W from left to right; then each slice is cropped or padded with zeros to one
size. A picture becomes a single slice.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, PositiveInt

from segrepro.datasets.base import Case
from segrepro.errors import DataError, GridError
from segrepro.files import whole_file, whole_folder
from segrepro.grids import from_slices, orientation_of, read_label, read_scan, require_same_grid, to_slices
from segrepro.images import Image, is_picture

RECORDS = "cases.json"


class Preparation(BaseModel):
    """How scans become arrays.

    slices: "axial" for volumes, "none" for pictures, which are slices already.
    size: rows and columns of every prepared slice.
    start: row and column of the full slice at which the crop begins; None centres it.
    intensity: "minmax" maps each whole volume (before the crop) to 0..1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slices: Literal["axial", "none"] = "axial"
    size: tuple[PositiveInt, PositiveInt]
    start: tuple[int, int] | None = None
    intensity: Literal["minmax"] = "minmax"


@dataclass(frozen=True)
class Prepared:
    """arrays: role to float16 in 0..1, and "label" (where the case has one) to uint8 0 or 1; each (S, H, W).

    record: what `restore` needs and where the arrays come from; fit for JSON.
    """

    arrays: dict[str, np.ndarray]
    record: dict


def prepare_case(case: Case, preparation: Preparation) -> Prepared:
    """Prepare one case.

    Raises GridError when images or labels of the case lie on different grids, DataError when a file cannot
    be read, an image holds NaN or infinity, a volume meets `slices: none` (or a picture `axial`), or the
    crop misses the scan.
    """
    if not case.images:
        raise DataError(case.id, "no image", "one image a role", "Complete the case or remove it.")
    scans = {role: _read(path, preparation) for role, path in case.images.items()}
    reference_path, reference = next(iter(case.images.values())), next(iter(scans.values()))
    for role, path in case.images.items():
        require_same_grid(scans[role], reference, path, reference_path)
    full = {role: _minmax(scan.array, case.images[role]) for role, scan in scans.items()}
    if case.labels:
        full["label"] = read_label(case.labels, reference, reference_path)
    record = _describe(case, preparation, reference, reference_path)
    arrays = {role: _crop(to_slices(array, record["orientation"]), record["crop"]) for role, array in full.items()}
    record["shape"] = list(next(iter(arrays.values())).shape)
    if "label" in arrays:
        inside, drawn = (int(np.count_nonzero(a)) for a in (arrays["label"], full["label"]))
        record |= {"label_voxels": inside, "label_voxels_lost": drawn - inside}
    return Prepared(arrays, record)


def restore(array: np.ndarray, record: dict) -> np.ndarray:
    """Put an array of the prepared grid back on the grid of the scan it comes from; 0 outside the crop.

    array: (S, H, W), a mask or probabilities; its type is kept.
    Returns the source's shape and axis order, (x, y, z) or (row, column): write it with `record["affine"]`.
    Raises GridError when the array is not of the record's prepared shape.
    """
    if list(array.shape) != record["shape"]:
        expected = f"shape {tuple(record['shape'])}"
        raise GridError(record["case"], f"shape {array.shape}", expected, "Pass a prediction for this case.")
    full = np.zeros(record["full_shape"], array.dtype)
    inner, outer = _windows(record["full_shape"][1:], record["crop"])
    full[(slice(None), *inner)] = array[(slice(None), *outer)]
    return from_slices(full, record["orientation"]).reshape(record["source_shape"])


def _read(path: Path, preparation: Preparation) -> Image:
    picture = is_picture(path)
    if picture != (preparation.slices == "none"):
        found, wanted = ("a picture", "a volume") if picture else ("a volume", "a picture")
        expected = f"{wanted} (slices: {preparation.slices})"
        raise DataError(path, found, expected, "Change the preparation's slices.")
    return read_scan(path)


def _minmax(array: np.ndarray, path: Path) -> np.ndarray:
    array = array.astype(np.float32)
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():
        raise DataError(path, "NaN or infinity", "finite values", "Export the image again.")
    return ((array - low) / ((high - low) or 1)).astype(np.float16)


def _describe(case: Case, preparation: Preparation, scan: Image, path: Path) -> dict:
    import nibabel as nib

    import segrepro

    orientation, spacing = orientation_of(scan, path), scan.spacing_mm
    if orientation:
        order = nib.io_orientation(scan.affine)[:, 0].argsort()[::-1]
        spacing = [spacing[axis] for axis in order]
    full_shape = to_slices(np.empty(scan.array.shape, np.bool_), orientation).shape
    start = preparation.start or [(n - m) // 2 for n, m in zip(full_shape[1:], preparation.size)]
    crop = {"start": list(start), "size": list(preparation.size)}
    if any(w.stop <= w.start for w in _windows(full_shape[1:], crop)[0]):
        found = f"slices of {full_shape[1:]}, all outside the crop from {tuple(start)}"
        raise DataError(path, found, "slices that the crop meets", "Change the preparation's start.")
    return {
        "case": case.id,
        "patient": case.patient,
        "site": case.site,
        "preparation": preparation.model_dump(mode="json"),
        "images": {role: str(p) for role, p in case.images.items()},
        "labels": [str(p) for p in case.labels],
        "source_shape": list(scan.array.shape),
        "affine": scan.affine.tolist(),
        "orientation": orientation,
        "full_shape": list(full_shape),
        "crop": crop,
        "spacing_mm": [1.0, 1.0, 1.0] if orientation is None else [float(s) for s in spacing],
        "versions": {"segrepro": segrepro.__version__, "numpy": np.__version__, "nibabel": nib.__version__},
    }


def _windows(shape: Sequence[int], crop: dict) -> tuple[list[slice], list[slice]]:
    """Where crop and full slice overlap: as slices of the full slice, and of the crop."""
    lows = [max(0, start) for start in crop["start"]]
    highs = [min(n, start + size) for n, start, size in zip(shape, crop["start"], crop["size"])]
    inner = [slice(low, high) for low, high in zip(lows, highs)]
    outer = [slice(low - s, high - s) for low, high, s in zip(lows, highs, crop["start"])]
    return inner, outer


def _crop(slices: np.ndarray, crop: dict) -> np.ndarray:
    inner, outer = _windows(slices.shape[1:], crop)
    cropped = np.zeros((len(slices), *crop["size"]), slices.dtype)
    cropped[(slice(None), *outer)] = slices[(slice(None), *inner)]
    return cropped


def batches(cases: Sequence, size: int) -> list[list]:
    """Split into batches of at most `size`, in order.

    >>> batches("abcde", 2)
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    return [list(cases[i : i + size]) for i in range(0, len(cases), size)]


def write_batch(cases: Sequence[Case], preparation: Preparation, folder: str | Path, workers: int = 1) -> list[dict]:
    """Prepare cases into a folder that is complete or not there at all; what stood there before is replaced.

    Writes `<case>.<role>.npy`, `<case>.label.npy` and `cases.json`, the list of records. Each record has in
    `sha256` the digest of the bytes of each array, by role. Returns the records, in the order of the cases.
    """
    from segrepro.parallel import for_each

    with whole_folder(folder) as partial_folder:
        work = partial(_write_case, preparation=preparation, folder=partial_folder)
        records = for_each(work, cases, workers, "prepared cases")
        with whole_file(partial_folder / RECORDS) as path:
            path.write_text(json.dumps(records, indent=1) + "\n")
    return records


def _write_case(case: Case, preparation: Preparation, folder: Path) -> dict:
    prepared = prepare_case(case, preparation)
    digests = {}
    for role, array in prepared.arrays.items():
        array = np.ascontiguousarray(array)
        np.save(folder / f"{case.id}.{role}.npy", array)
        digests[role] = hashlib.sha256(array).hexdigest()
    return prepared.record | {"sha256": digests}


class PreparedCases:
    """The prepared cases of one or several folders of `write_batch`, their arrays as read-only memory maps.

    Raises DataError when a folder is not complete or a case stands in two.
    """

    def __init__(self, folders: Sequence[str | Path]):
        self.folders = [Path(folder) for folder in folders]
        self._folder_of: dict[str, Path] = {}
        self._record_of: dict[str, dict] = {}
        for folder in self.folders:
            for record in _read_records(folder):
                if (case := record["case"]) in self._record_of:
                    raise DataError(folder, f"case {case} a second time", "each case once", "Prepare the data anew.")
                self._record_of[case], self._folder_of[case] = record, folder

    def __len__(self) -> int:
        return len(self._record_of)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    @cached_property
    def ids(self) -> list[str]:
        """The case ids, sorted."""
        return sorted(self._record_of)

    @property
    def records(self) -> list[dict]:
        """The records, sorted by case id."""
        return [self._record_of[case] for case in self.ids]

    def record(self, case: str) -> dict:
        """The record of a case; DataError when there is no such case."""
        if case not in self._record_of:
            raise DataError(case, "no prepared case", f"one of {len(self)} cases", "Prepare this case.")
        return self._record_of[case]

    def array(self, case: str, role: str) -> np.ndarray:
        """The array (S, H, W) of a role or of "label"; DataError when the case does not have it."""
        roles = self.record(case)["sha256"]
        if role not in roles:
            raise DataError(case, f"arrays {', '.join(roles)}", role, "Choose one of these inputs.")
        return np.load(self._folder_of[case] / f"{case}.{role}.npy", mmap_mode="r")


def _read_records(folder: Path) -> list[dict]:
    path = folder / RECORDS
    if not path.is_file():
        raise DataError(folder, f"no {RECORDS}", "a folder of prepared cases", "Run the rule prepare_cases.")
    return json.loads(path.read_text())

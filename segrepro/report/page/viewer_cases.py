"""Cases for the report's viewer: images, truth and runs' masks, as scripts that a page opened from disk can load."""

import base64
import gzip
import json
from dataclasses import dataclass, replace
from functools import partial as bound
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segrepro.datasets import Case, open_dataset
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.image import Image, is_picture
from segrepro.images.io import read_image
from segrepro.images.labels import read_reference
from segrepro.images.scans import SERIES, read_scan
from segrepro.report.page.example_cases import examples
from segrepro.utils.csv_files import read_csv
from segrepro.utils.parallel import for_each
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

CASES_AT_PAPER_SCALE = 24
WINDOW_PERCENTILES = (1, 99.5)


class ExportedDataset(Strict):
    """A data set whose cases are shown. labels: by value, those that networks are to find."""

    name: str
    layout: str
    folder: str
    labels: dict[int, str]


class Settings(Strict):
    """The runs of a study, by name, and the data sets that they predicted cases of."""

    study: str
    scale: str
    runs: list[str]
    datasets: list[ExportedDataset]


class ListedCase(Strict):
    """A case as cases.json lists it.

    script: the file that holds it. runs, synthesised: those that made a mask and an image of it. size: of its label.
    chosen_as: what it is an example of, where not all cases are shown.
    """

    case: str
    dataset: str
    script: str
    volume: bool
    runs: list[str]
    synthesised: list[str]
    size: int | float
    unit: str
    chosen_as: str = ""


class CaseList(Strict):
    """cases.json: the cases that the viewer shows, of `total`; without_masks: runs that made images alone."""

    study: str
    total: int
    runs: list[str]
    without_masks: list[str]
    cases: list[ListedCase]


@dataclass(frozen=True)
class ViewerCase:
    """A case to show, and what runs made of it.

    learned: by value, the labels that networks are to find; masks, synthesised: the file of each run that made one.
    """

    dataset: str
    case: Case
    learned: dict[int, str]
    masks: dict[str, Path]
    synthesised: dict[str, Path]

    @property
    def script(self) -> str:
        """Name of the file that holds the case; the same case id may occur in two data sets."""
        return f"{self.dataset}-{self.case.id}.js"

    @property
    def scans(self) -> dict[str, Path]:
        """The case's images by modality, without a 4D series; all on one grid, or the data set's check had failed."""
        return {modality: path for modality, path in self.case.images.items() if modality != SERIES}


def find_cases(datasets: list[ExportedDataset], predictions: list[Path]) -> list[ViewerCase]:
    """Every case that a run predicted, with the masks and images of its runs.

    predictions: the predictions.csv of every fold of the runs, each beside its model's card.
    """
    known = {(shown.dataset, shown.case.id): shown for dataset in datasets for shown in _unpredicted(dataset)}
    for path in predictions:
        card = json.loads((path.parent / "model.json").read_text())
        for row in read_csv(path).to_dict("records"):
            shown = known[card["dataset"]["name"], row["case"]]
            for column, made in (("prediction", shown.masks), ("image", shown.synthesised)):
                if row[column]:
                    made[card["name"]] = Path(row[column])
    return [known[key] for key in sorted(known) if known[key].masks or known[key].synthesised]


def _unpredicted(dataset: ExportedDataset) -> list[ViewerCase]:
    cases = open_dataset(dataset.layout, dataset.folder, dataset.name).cases
    return [ViewerCase(dataset.name, case, dataset.labels, {}, {}) for case in cases]


def export_cases(
    settings: Settings, cases: list[ViewerCase], scores: "pd.DataFrame", workers: int, folder: Path
) -> CaseList:
    """Write a script a case into `folder`; returns the list of these cases.

    scores: of the runs. At demo scale every case, at paper scale CASES_AT_PAPER_SCALE of each data set: see `examples`.
    """
    without = {run for case in cases for run in case.synthesised} - {run for case in cases for run in case.masks}
    sizes = for_each(_label_size, cases, workers, "measured labels")
    limit = len(cases) if settings.scale == "demo" else CASES_AT_PAPER_SCALE
    chosen = []
    for name in sorted({case.dataset for case in cases}):
        own = {case.case.id: (case, size) for case, size in zip(cases, sizes) if case.dataset == name}
        found = examples({case: size[0] for case, (_, size) in own.items()}, scores, limit)
        chosen += [(*own[case], kind) for case, kind in found.items()]
    listed = for_each(bound(_write_case, folder=folder), chosen, workers, "exported cases")
    return CaseList(
        study=settings.study,
        total=len(cases),
        runs=[run for run in settings.runs if run not in without],
        without_masks=sorted(without),
        cases=listed,
    )


def _read(path: Path) -> Image:
    """A volume, or a picture with its colours."""
    return read_image(path) if is_picture(path) else read_scan(path)


def _truth(shown: ViewerCase) -> tuple[Image, np.ndarray, str | None]:
    """The first scan (of a coloured picture one colour), the truth on it and its orientation."""
    scan, label = read_reference(replace(shown.case, images=shown.scans))
    return scan, _numbered(label, shown), orientation_of(scan, next(iter(shown.scans.values())))


def _numbered(mask: np.ndarray, shown: ViewerCase) -> np.ndarray:
    """k where the k-th learned label is, counted from 1, and 0 elsewhere."""
    found = np.zeros(mask.shape, np.uint8)
    for number, value in enumerate(shown.learned, 1):
        found[mask == value] = number
    return found


def _label_size(shown: ViewerCase) -> tuple[int | float, str]:
    """Size of the truth and its unit: ml in a volume, pixels in a picture."""
    scan, truth, orientation = _truth(shown)
    count = int(np.count_nonzero(truth))
    if orientation is None:
        return count, "pixels"
    return round(count * float(np.prod(scan.spacing_mm)) / 1000, 2), "ml"


def _write_case(item: tuple[ViewerCase, tuple, str], folder: Path) -> ListedCase:
    """Write the script of a case, which comes with size and unit of its label; its entry in the list."""
    shown, (size, unit), kind = item
    scan, truth, orientation = _truth(shown)
    label = to_slices(truth, orientation)
    masks = {"truth": label}
    for run, path in shown.masks.items():
        mask = np.asarray(read_image(path).array).reshape(truth.shape)
        masks[run] = to_slices(_numbered(mask, shown), orientation)
    content = {
        "shape": list(label.shape),
        "spacing_mm": _spacing(scan, orientation),
        "first_point": _first_point(label),
        "labels": list(shown.learned.values()),
        "images": [_image(*item, orientation) for item in (*shown.scans.items(), *shown.synthesised.items())],
        "masks": {name: _packed(mask) for name, mask in masks.items()},
    }
    (folder / shown.script).write_text(f"segreproFile({json.dumps(content)});\n")
    return ListedCase(
        case=shown.case.id,
        dataset=shown.dataset,
        script=shown.script,
        volume=orientation is not None,
        runs=list(shown.masks),
        synthesised=list(shown.synthesised),
        size=size,
        unit=unit,
        chosen_as=kind,
    )


def _first_point(label: np.ndarray) -> list[int]:
    """x, y and z of the middle of the largest label area; label: (z, y, x)."""
    areas = np.count_nonzero(label, axis=(1, 2))
    z = int(areas.argmax())
    rows, columns = np.nonzero(label[z])
    if not len(rows):
        return [label.shape[2] // 2, label.shape[1] // 2, z]
    return [int(np.median(columns)), int(np.median(rows)), z]


def _image(name: str, path: Path, orientation: str | None) -> dict:
    """An image in the case's script: its name, a modality or a run, and its values with what they stand for."""
    array = _read(path).array
    coloured = orientation is None and array.ndim == 3
    values, window = (array, [0.0, 255.0]) if coloured else _grey(array)
    slices = to_slices(values, orientation)
    return {"name": name, "channels": 3 if coloured else 1, "window": window, "values": _packed(slices)}


def _grey(array: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Values as 0 to 255 between two percentiles, and these; values outside are cut off.

    NaN and infinity, which a synthesis that diverged may give, count as 0.
    """
    finite = np.nan_to_num(array, posinf=0, neginf=0)
    low, high = (float(value) for value in np.percentile(finite, WINDOW_PERCENTILES))
    scale = 255 / (high - low) if high > low else 0.0
    return np.clip((finite.astype(np.float32) - low) * scale, 0, 255).round().astype(np.uint8), [low, high]


def _spacing(scan: Image, orientation: str | None) -> list[float]:
    """Spacing along the slices' x, y and z: mm in a volume, 1 in a picture."""
    import nibabel as nib

    if orientation is None:
        return [1.0, 1.0, 1.0]
    axes = nib.orientations.axcodes2ornt(orientation)[:, 0].astype(int)
    return [round(float(scan.spacing_mm[np.flatnonzero(axes == axis)[0]]), 6) for axis in range(3)]


def _packed(array: np.ndarray) -> str:
    """The bytes of an array, compressed, as text; the same array always gives the same text."""
    return base64.b64encode(gzip.compress(np.ascontiguousarray(array).tobytes(), 6, mtime=0)).decode()

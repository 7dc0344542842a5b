"""Cases for the report's viewer: images, truth and runs' masks, as scripts that a page opened from disk can load."""

import base64
import gzip
import json
from dataclasses import dataclass, replace
from functools import partial as bound
from pathlib import Path

import numpy as np

from segrepro.datasets import Case, open_dataset
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.image import Image, is_picture
from segrepro.images.io import read_image
from segrepro.images.labels import read_reference
from segrepro.images.scans import SERIES, read_scan
from segrepro.utils.csv_files import read_csv
from segrepro.utils.parallel import for_each
from segrepro.utils.validation import Strict

CASES_AT_PAPER_SCALE = 24
WINDOW_PERCENTILES = (1, 99.5)


class ExportedDataset(Strict):
    """A data set whose cases are shown. labels: those that networks are to find."""

    name: str
    layout: str
    folder: str
    labels: list[int]


class Settings(Strict):
    """The runs of a study, by name, and the data sets that they predicted cases of."""

    study: str
    scale: str
    runs: list[str]
    datasets: list[ExportedDataset]


class ListedCase(Strict):
    """A case as cases.json lists it.

    script: the file that holds it. runs, synthesised: those that made a mask and an image of it. size: of its label.
    """

    case: str
    dataset: str
    script: str
    volume: bool
    runs: list[str]
    synthesised: list[str]
    size: int | float
    unit: str


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

    learned: the labels that networks are to find; masks, synthesised: the file of each run that made one.
    """

    dataset: str
    case: Case
    learned: tuple[int, ...]
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
    return [ViewerCase(dataset.name, case, tuple(dataset.labels), {}, {}) for case in cases]


def export_cases(settings: Settings, cases: list[ViewerCase], workers: int, folder: Path) -> CaseList:
    """Write a script a case into `folder`; returns the list of these cases.

    At demo scale every case, at paper scale CASES_AT_PAPER_SCALE of each data set, at even steps from small to large
    label.
    """
    without = {run for case in cases for run in case.synthesised} - {run for case in cases for run in case.masks}
    sizes = for_each(_label_size, cases, workers, "measured labels")
    limit = len(cases) if settings.scale == "demo" else CASES_AT_PAPER_SCALE
    chosen = [item for name in sorted({case.dataset for case in cases}) for item in _chosen(cases, sizes, name, limit)]
    listed = for_each(bound(_write_case, folder=folder), chosen, workers, "exported cases")
    return CaseList(
        study=settings.study,
        total=len(cases),
        runs=[run for run in settings.runs if run not in without],
        without_masks=sorted(without),
        cases=listed,
    )


def _chosen(cases: list[ViewerCase], sizes: list[tuple], dataset: str, limit: int) -> list[tuple[ViewerCase, tuple]]:
    own = [(case, size) for case, size in zip(cases, sizes) if case.dataset == dataset]
    own.sort(key=lambda item: (item[1][0], item[0].case.id))
    steps = np.linspace(0, len(own) - 1, min(limit, len(own))).round().astype(int)
    return [own[step] for step in steps]


def _read(path: Path) -> Image:
    """A volume, or a picture with its colours."""
    return read_image(path) if is_picture(path) else read_scan(path)


def _truth(shown: ViewerCase) -> tuple[Image, np.ndarray, str | None]:
    """The first scan (of a coloured picture one colour), the truth on it (all learned labels) and its orientation."""
    scan, label = read_reference(replace(shown.case, images=shown.scans))
    return scan, np.isin(label, shown.learned), orientation_of(scan, next(iter(shown.scans.values())))


def _label_size(shown: ViewerCase) -> tuple[int | float, str]:
    """Size of the truth and its unit: ml in a volume, pixels in a picture."""
    scan, truth, orientation = _truth(shown)
    count = int(truth.sum())
    if orientation is None:
        return count, "pixels"
    return round(count * float(np.prod(scan.spacing_mm)) / 1000, 2), "ml"


def _write_case(item: tuple[ViewerCase, tuple], folder: Path) -> ListedCase:
    """Write the script of a case, which comes with size and unit of its label; its entry in the list."""
    shown, (size, unit) = item
    scan, truth, orientation = _truth(shown)
    label = to_slices(truth, orientation)
    masks = {"truth": label}
    for run, path in shown.masks.items():
        masks[run] = to_slices(np.asarray(read_image(path).array).reshape(truth.shape), orientation) > 0
    content = {
        "shape": list(label.shape),
        "spacing_mm": _spacing(scan, orientation),
        "affine": _affine(scan, orientation),
        "first_slice": int(label.sum((1, 2)).argmax()),
        "images": [_image(*item, orientation) for item in (*shown.scans.items(), *shown.synthesised.items())],
        "masks": {name: _packed(np.packbits(mask, bitorder="little")) for name, mask in masks.items()},
    }
    (folder / shown.script).write_text(f"segreproCase({json.dumps(shown.script)}, {json.dumps(content)});\n")
    return ListedCase(
        case=shown.case.id,
        dataset=shown.dataset,
        script=shown.script,
        volume=orientation is not None,
        runs=list(shown.masks),
        synthesised=list(shown.synthesised),
        size=size,
        unit=unit,
    )


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
    if orientation is None:
        return [1.0, 1.0, 1.0]
    return [round(float(step), 6) for step in np.linalg.norm(np.array(_affine(scan, orientation))[:3, :3], axis=0)]


def _affine(scan: Image, orientation: str | None) -> list[list[float]]:
    """The affine of the slices' x, y, z index, to mm in RAS+."""
    import nibabel as nib

    if orientation is None:
        return np.eye(4).tolist()
    axes = nib.orientations.axcodes2ornt(orientation)
    turned = scan.affine @ nib.orientations.inv_ornt_aff(axes, scan.array.shape)
    return np.round(turned, 6).tolist()


def _packed(array: np.ndarray) -> str:
    """The bytes of an array, compressed, as text; the same array always gives the same text."""
    return base64.b64encode(gzip.compress(np.ascontiguousarray(array).tobytes(), 6, mtime=0)).decode()

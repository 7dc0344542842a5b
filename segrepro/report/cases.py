"""Cases for the report's viewer: scan, truth and every run's mask, as scripts that a page opened from disk can load."""

import base64
import gzip
import json
from dataclasses import dataclass
from functools import partial as bound
from pathlib import Path

import numpy as np

from segrepro.files import whole_folder
from segrepro.images import Image
from segrepro.parallel import for_each
from segrepro.stages import read_csv

CASES_AT_PAPER_SCALE = 24
WINDOW_PERCENTILES = (1, 99.5)


@dataclass(frozen=True)
class Shown:
    """A case to show: its files and, for each run that predicted it, the mask file.

    ranges: raw values of the label files, as in Case.label_ranges; learned: the labels that networks are to find.
    """

    dataset: str
    case: str
    image: Path
    labels: tuple[Path, ...]
    ranges: tuple
    learned: tuple[int, ...]
    predictions: dict[str, Path]

    @property
    def script(self) -> str:
        """Name of the file that holds the case; the same case id may occur in two data sets."""
        return f"{self.dataset}-{self.case}.js"


def export_cases(settings: dict, predictions: list[Path], workers: int, output: Path) -> None:
    """Write a script a case beside `output`, and `output`, which lists them with their label sizes.

    At demo scale every case, at paper scale CASES_AT_PAPER_SCALE of each data set, at even steps from small to large
    label. A run that synthesises images and no masks is named in `without_masks`.

    settings: what Plan.study_settings gives; predictions: the predictions.csv of every fold of its runs.
    """
    cases, without = _cases(predictions)
    sizes = for_each(_label_size, cases, workers, "measured labels")
    limit = len(cases) if settings["scale"] == "demo" else CASES_AT_PAPER_SCALE
    chosen = [item for name in sorted({case.dataset for case in cases}) for item in _chosen(cases, sizes, name, limit)]
    with whole_folder(output.parent) as folder:
        write = bound(_write_case, folder=folder)
        entries = for_each(write, [case for case, _ in chosen], workers, "exported cases")
        listed = [entry | size for entry, (_, size) in zip(entries, chosen)]
        content = {
            "study": settings["study"],
            "total": len(cases),
            "runs": [run["name"] for run in settings["runs"] if run["name"] not in without],
            "without_masks": sorted(without),
            "cases": listed,
        }
        (folder / output.name).write_text(json.dumps(content, indent=1) + "\n")


def _cases(predictions: list[Path]) -> tuple[list[Shown], set[str]]:
    """Every case with the masks of its runs, and the runs whose predictions are no masks."""
    found: dict[tuple[str, str], Shown] = {}
    without = set()
    for path in predictions:
        card = json.loads((path.parent / "model.json").read_text())
        rows = read_csv(path).to_dict("records")
        if rows and str(rows[0]["prediction"]) in ("", "nan"):  # it makes images only
            without.add(card["name"])
            continue
        for row in rows:
            key = (card["dataset"]["name"], row["case"])
            case = found.setdefault(key, _shown(card["dataset"], row))
            case.predictions[card["name"]] = Path(row["prediction"])
    return [found[key] for key in sorted(found)], without


def _shown(dataset: dict, row: dict) -> Shown:
    image = Path(next(iter(json.loads(row["images"]).values())))
    labels, ranges = (tuple(json.loads(row[key])) for key in ("labels", "label_ranges"))
    learned = tuple(int(value) for value in dataset["labels"])
    return Shown(dataset["name"], row["case"], image, tuple(map(Path, labels)), ranges, learned, {})


def _chosen(cases: list[Shown], sizes: list[dict], dataset: str, limit: int) -> list[tuple[Shown, dict]]:
    own = [(case, size) for case, size in zip(cases, sizes) if case.dataset == dataset]
    own.sort(key=lambda item: (item[1]["size"], item[0].case))
    steps = np.linspace(0, len(own) - 1, min(limit, len(own))).round().astype(int)
    return [own[step] for step in steps]


def _read(case: Shown) -> tuple[Image, np.ndarray, str | None]:
    """The scan (a coloured picture keeps its colours), the truth (all learned labels) and the scan's orientation."""
    from segrepro.grids import orientation_of, read_label, read_scan
    from segrepro.images import is_picture, read_image

    scan = read_image(case.image) if is_picture(case.image) else read_scan(case.image)
    plane = Image(scan.array[..., 0], scan.affine) if is_picture(case.image) and scan.array.ndim == 3 else scan
    truth = np.isin(read_label(case.labels, plane, case.image, case.ranges), case.learned)
    return scan, truth, orientation_of(plane, case.image)


def _label_size(case: Shown) -> dict:
    """Size of the truth: ml in a volume, pixels in a picture."""
    scan, truth, orientation = _read(case)
    count = int(truth.sum())
    if orientation is None:
        return {"size": count, "unit": "pixels"}
    return {"size": round(count * float(np.prod(scan.spacing_mm)) / 1000, 2), "unit": "ml"}


def _write_case(case: Shown, folder: Path) -> dict:
    """Write the case's script; the list's entry of the case."""
    from segrepro.grids import to_slices
    from segrepro.images import read_image

    scan, truth, orientation = _read(case)
    label = to_slices(truth, orientation)
    coloured = scan.array.ndim > truth.ndim
    values, window = (scan.array, [0.0, 255.0]) if coloured else _grey(scan.array)
    slices = to_slices(values, orientation)
    masks = {"truth": label}
    for run, path in case.predictions.items():
        masks[run] = to_slices(np.asarray(read_image(path).array).reshape(truth.shape), orientation) > 0
    content = {
        "shape": list(label.shape),
        "channels": 3 if coloured else 1,
        "spacing_mm": _spacing(scan, orientation),
        "affine": _affine(scan, orientation),
        "window": window,
        "first_slice": int(label.sum((1, 2)).argmax()),
        "scan": _packed(slices),
        "masks": {name: _packed(np.packbits(mask, bitorder="little")) for name, mask in masks.items()},
    }
    entry = {"case": case.case, "dataset": case.dataset, "script": case.script}
    (folder / case.script).write_text(f"segreproCase({json.dumps(case.script)}, {json.dumps(content)});\n")
    return entry | {"volume": orientation is not None, "runs": list(case.predictions)}


def _grey(array: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Values as 0 to 255 between two percentiles, and these; values outside are cut off."""
    low, high = (float(value) for value in np.percentile(array[np.isfinite(array)], WINDOW_PERCENTILES))
    scale = 255 / (high - low) if high > low else 0.0
    scaled = np.nan_to_num((array.astype(np.float32) - low) * scale)
    return np.clip(scaled, 0, 255).round().astype(np.uint8), [low, high]


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

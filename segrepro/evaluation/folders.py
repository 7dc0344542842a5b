"""Scores many cases from files, on all cores, into one CSV."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.evaluation.metrics.registry import MASKS, names_of
from segrepro.images.geometry import on_grid_of, orientation_of, require_mm
from segrepro.images.image import PICTURES, VOLUMES, Image, belongs_to_a_header
from segrepro.images.labels import FULL, read_mask
from segrepro.utils.csv_files import csv_line, read_rows, write_rows
from segrepro.utils.errors import DiskError, MetricError, SegreproError, raise_together
from segrepro.utils.files import writing
from segrepro.utils.folders import unreadable, walk_files
from segrepro.utils.parallel import one_by_one

MEASURES = names_of(MASKS)
# Which files were scored, and their bytes and times of change: a resumed run must not keep the scores of others.
FILES = ("prediction_file", "reference_file", "file_states")
COLUMNS = ("experiment", "fold", "case", "patient", "label", *MEASURES, *FILES)
# What `segrepro predict` writes beside its masks.
BESIDE_MASKS, OVERLAY = ("overlays", "probabilities", "records", "colours"), "-overlay"
MOST_LABELS = 100  # that a remedy names
WHOLE = 2**53  # below it every whole number is a float


@dataclass(frozen=True)
class Job:
    """One case: its two files, their states when they were paired, and the labels to score (None: binary)."""

    case: str
    prediction: Path
    reference: Path
    states: str
    labels: tuple[int, ...] | None

    @property
    def files(self) -> tuple[str, str, str]:
        """The cells of the columns `FILES`."""
        return str(self.prediction), str(self.reference), self.states

    @property
    def folders(self) -> tuple[Path, Path]:
        """The two folders that were paired."""
        return _folder_of(self.prediction, self.case), _folder_of(self.reference, self.case)


def evaluate_folders(
    prediction: str | Path,
    reference: str | Path,
    output: str | Path,
    labels: Sequence[int] | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Score every mask of one folder against the file of the same name in the other.

    prediction, reference: folders of masks, volumes or pictures of any kind that is read, which may lie in folders
    below; paths pair without their ending. What `segrepro predict` writes beside its masks is passed over. Binary masks
    may hold 0 and 1, 255 or 65535; a volume of one slice is scored as a slice; pictures have no voxel size: their
    distances are in pixels. output: CSV with one row a case and label: experiment (the prediction folder's name), fold
    (empty), case, patient (the case), label, the measures of `segmentation_metrics` (undefined values are empty cells),
    and the files, with bytes and time of change of both. Rows are added as cases finish, so an interrupted run goes on
    where it stopped; a case whose files changed is scored anew, and one whose files are gone is left out.
    labels: as in `segmentation_metrics`. workers: processes, as in `utils.parallel.one_by_one`. progress(done, total)
    is called after each case.

    Raises MetricError, before anything is scored, with every file that does not pair and when the output holds
    scores of other folders, and at the end with every case that could not be scored (different grids,
    unexpected labels, ...); the others are in the output. Raises DiskError when the output cannot be written.
    """
    output = Path(output)
    jobs = pair_files(Path(prediction), Path(reference), None if labels is None else tuple(labels))
    done = _resume(output, jobs)
    left = [job for job in jobs if job.case not in done]
    count, faults = len(jobs) - len(left), []
    if progress:
        progress(count, len(jobs))
    for job, (rows, fault) in zip(left, one_by_one(_score_one, left, workers, "scored cases")):
        count += 1
        if fault:
            faults.append(fault)
        else:
            _append(output, job, rows)
        if progress:
            progress(count, len(jobs))
    _sort(output)
    if faults:
        remedy = "Repair the masks and repeat the command: the other scores are kept."
        scored = f"the scores of {len(jobs) - len(faults)} of {len(jobs)} cases"
        raise_together([MetricError(output, scored, "those of all", remedy), *faults])
    return output


def pair_files(prediction: Path, reference: Path, labels: tuple[int, ...] | None) -> list[Job]:
    """One job for each pair of masks of one name; MetricError that lists every file without a partner."""
    faults: list[SegreproError] = []
    masks, others = (masks_below(folder, faults) for folder in (prediction, reference))
    for case in sorted(masks.keys() ^ others.keys()):
        here, there = (masks, reference) if case in masks else (others, prediction)
        faults.append(MetricError(here[case], "no partner", f"a mask {case} in {there}", "Rename or remove the file."))
    raise_together(faults)
    if not masks:
        raise MetricError(prediction, "no masks", f"the names of {reference}", "Check the path.")
    pairs = {case: (masks[case], others[case]) for case in sorted(masks)}
    return [Job(case, *pair, _states(pair), labels) for case, pair in pairs.items()]


def masks_below(folder: Path, faults: list[SegreproError]) -> dict[str, Path]:
    """The masks of a folder by their path in it, without the ending; faults: gets what is wrong with them."""
    if not folder.is_dir():
        raise MetricError(folder, "no folder", "a folder of masks", "Check the path.")
    found: dict[str, Path] = {}
    folder = folder.resolve()
    for path in walk_files(folder):
        inside = path.relative_to(folder)
        stem = _stem(path)
        if not stem or inside.parts[0] in BESIDE_MASKS or belongs_to_a_header(path):
            continue
        # macOS takes letters apart: its names and others' are the same, if letters are put together.
        case = unicodedata.normalize("NFC", (inside.parent / stem).as_posix())
        if case in found:
            faults.append(MetricError(path, f"the name of {found[case].name}", "one file a name", "Remove one."))
        if not path.exists():
            faults.append(MetricError(path, "a link to nothing", "a mask", "Remove the link, or restore the file."))
        found.setdefault(case, path)
    return {case: path for case, path in found.items() if not _is_overlay(case, found)}


def _is_overlay(case: str, masks: dict[str, Path]) -> bool:
    return case.endswith(OVERLAY) and masks[case].name.endswith(f"{OVERLAY}.png") and case[: -len(OVERLAY)] in masks


def _stem(path: Path) -> str:
    """The file's name without the ending; empty when it is not an image."""
    ending = next((ending for ending in VOLUMES + PICTURES if path.name.lower().endswith(ending)), None)
    return path.name[: -len(ending)] if ending else ""


def _folder_of(file: Path, case: str) -> Path:
    """The folder that was paired, from a file in it or below it."""
    return file.parents[case.count("/")]


def _states(files: Sequence[Path]) -> str:
    """Bytes and time of change of each file: what tells that one was written again."""
    return " ".join(f"{state.st_size}-{state.st_mtime_ns}" for state in (file.stat() for file in files))


def score_files(job: Job) -> list[dict[str, float]]:
    """The measures of one case, one dict a label, with the label under `label` (1 for binary masks).

    Raises a SegreproError when a file cannot be read, the grids differ or the masks cannot be scored.
    """
    from segrepro.evaluation.metrics import segmentation_metrics

    prediction, reference = (_mask(path, job.labels) for path in (job.prediction, job.reference))
    prediction = on_grid_of(prediction, reference, job.prediction, job.reference)
    prediction, reference = _as_slice(prediction), _as_slice(reference)
    scores = segmentation_metrics(prediction.array, reference.array, reference.spacing_mm, job.labels)
    by_label = {1: scores} if job.labels is None else scores
    return [{"label": label, **measures} for label, measures in by_label.items()]


def _as_slice(mask: Image) -> Image:
    """A volume of one slice as the picture (x, y) that it is: above and below it there is no surface."""
    return Image(mask.array[..., 0], mask.affine) if mask.array.shape[2:] == (1,) else mask


def _mask(path: Path, labels: tuple[int, ...] | None) -> Image:
    """A mask whose values can be scored: as bool where it is binary."""
    from segrepro.evaluation.metrics.masks import label_values

    image = read_mask(path)
    orientation_of(image, path)  # refuses an affine without inverse
    require_mm(image, path)
    array = image.array
    if array.dtype.kind == "f":
        if not ((np.abs(array) < WHOLE).all() and (array == np.round(array)).all()):
            raise MetricError(path, "values that are not whole", "a mask", "Threshold it, then repeat the command.")
        array = array.astype(np.int64)
    if labels is None and (top := int(array.max())) in (1, *FULL) and ((array == 0) | (array == top)).all():
        return Image(array == top, image.affine)
    allowed = (0, 1) if labels is None else (0, *labels)
    strange = sorted(set(label_values(array)) - set(allowed))
    if strange:
        expected = "0 and 1 (or 255, 65535)" if labels is None else f"the labels {', '.join(map(str, allowed))}"
        wanted = [value for value in dict.fromkeys([*allowed[1:], *strange]) if value > 0]
        remedy = f"Name every label that may occur: {' '.join(f'--label {value}' for value in wanted)}."
        if len(wanted) > MOST_LABELS:
            remedy = f"It holds {len(wanted)} values, as a scan does: give a mask."
        raise MetricError(path, f"the label {strange[0]}", expected, remedy)
    return Image(array, image.affine)


def _score_one(job: Job) -> tuple[list[dict], SegreproError | None]:
    """Rows and fault of a job."""
    try:
        return score_files(job), None
    except SegreproError as error:
        return [], error
    except OSError as error:
        return [], unreadable(error.filename or job.prediction, "file", error)


def _resume(output: Path, jobs: list[Job]) -> set[str]:
    """Cases whose rows are complete and of the files as they are; drops all other rows, also half written ones."""
    if output.is_dir():
        raise DiskError(output, "a folder", "the name of a file", "Name a file in it, such as scores.csv.")
    if not output.exists():
        write_rows(output, [COLUMNS])
        return set()
    header, *rows = read_rows(output) or [[]]
    lines = [dict(zip(COLUMNS, row)) for row in rows if len(row) == len(COLUMNS)]
    _refuse_others(output, header, lines, jobs[0])
    wanted = {"1"} if jobs[0].labels is None else {str(label) for label in jobs[0].labels}
    found: dict[tuple, set[str]] = {}
    for line in lines:
        found.setdefault((line["case"], *(line[name] for name in FILES)), set()).add(line["label"])
    done = {job.case for job in jobs if found.get((job.case, *job.files)) == wanted}
    write_rows(output, [COLUMNS, *(list(line.values()) for line in lines if line["case"] in done)])
    return done


def _refuse_others(output: Path, header: list[str], lines: list[dict], job: Job) -> None:
    """MetricError unless the output holds scores of the folders of the job."""
    folders = "{} against {}".format(*job.folders)
    others = {"{} against {}".format(*_folders_in(line)) for line in lines} - {folders}
    if tuple(header) != COLUMNS or others:
        found = min(others) if others else "another table"
        raise MetricError(output, f"other scores: {found}", f"scores of {folders}", "Choose another output file.")


def _folders_in(line: dict[str, str]) -> Iterator[Path]:
    """The two folders that a row of the output was made from."""
    for name in FILES[:2]:
        file, depth = Path(line[name]), line["case"].count("/")
        yield _folder_of(file, line["case"]) if depth < len(file.parents) else file


def _append(output: Path, job: Job, rows: list[dict]) -> None:
    """Add one case's rows in one write."""
    keys = (job.folders[0].name, "", job.case, job.case)
    lines = [[*keys, row["label"], *(_cell(row[m]) for m in MEASURES), *job.files] for row in rows]
    with writing(output), output.open("a", newline="", encoding="utf-8") as file:
        file.write("".join(map(csv_line, lines)))


def _cell(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


def _sort(output: Path) -> None:
    header, *rows = read_rows(output)
    case, label = COLUMNS.index("case"), COLUMNS.index("label")
    write_rows(output, [header, *sorted(rows, key=lambda row: (row[case], int(row[label])))])

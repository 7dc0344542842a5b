"""Scores many cases from files, on all cores, into one CSV."""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.evaluation.metrics.registry import MASKS, names_of
from segrepro.images.image import NIFTI, PICTURES, Image
from segrepro.images.io import read_image
from segrepro.utils.errors import MetricError, SegreproError

MEASURES = names_of(MASKS)
# Which files were scored, and their bytes and times of change: a resumed run must not keep the scores of others.
FILES = ("prediction_file", "reference_file", "file_states")
COLUMNS = ("experiment", "fold", "case", "patient", "label", *MEASURES, *FILES)
GRID_TOLERANCE = 0.05  # of the smallest voxel side


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


def evaluate_folders(
    prediction: str | Path,
    reference: str | Path,
    output: str | Path,
    labels: Sequence[int] | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Score every mask of one folder against the file of the same name in the other.

    prediction, reference: folders of .nii.gz, .nii, .png or .jpg masks; names pair without their ending.
    Pictures may hold 0 and 255 and have no voxel size: their distances are in pixels. output: CSV with one
    row a case and label: experiment (the prediction folder's name), fold (empty), case, patient (the case),
    label, the measures of `segmentation_metrics` (undefined values are empty cells), and the files, with bytes
    and time of change of both. Rows are added as cases finish, so an interrupted run goes on where it stopped;
    a case whose files changed is scored anew, and one whose files are gone is left out.
    labels: as in `segmentation_metrics`. workers: processes, by default one a core. progress(done, total) is
    called after each case.

    Raises MetricError, before anything is scored, with every file that does not pair and when the output holds
    scores of other folders, and at the end with every case that could not be scored (different grids,
    unexpected labels, ...); the others are in the output.
    """
    output = Path(output)
    jobs = pair_files(Path(prediction), Path(reference), labels)
    done = _resume(output, jobs)
    left = [job for job in jobs if job.case not in done]
    count, faults = len(jobs) - len(left), []
    if progress:
        progress(count, len(jobs))
    for job, rows, fault in _score_all(left, workers or _cores()):
        count += 1
        if fault:
            faults.append(f"{job.case}: {fault}")
        else:
            _append(output, job, rows)
        if progress:
            progress(count, len(jobs))
    _sort(output)
    if faults:
        raise MetricError(
            f"{len(faults)} of {len(jobs)} cases",
            _listed(faults),
            "masks that can be scored",
            "Repair them and rerun.",
        )
    return output


def pair_files(prediction: Path, reference: Path, labels: tuple[int, ...] | None) -> list[Job]:
    """One job for each pair of masks of one name; MetricError that lists every file without a partner."""
    faults, named = [], []
    for folder in (prediction, reference):
        if not folder.is_dir():
            raise MetricError(folder, "no folder", "a folder of masks", "Check the path.")
        files: dict[str, Path] = {}
        for path in sorted(folder.resolve().iterdir()):
            name = _case_name(path)
            if name in files:
                faults.append(f"{path} and {files[name].name} have one name")
            elif name and not path.exists():
                faults.append(f"{path} links to nothing")
            elif name:
                files[name] = path
        named.append(files)
    for case in sorted(named[0].keys() ^ named[1].keys()):
        here, there = (named[0], reference) if case in named[0] else (named[1], prediction)
        faults.append(f"{here[case]} has no partner in {there}")
    if faults or not named[0]:
        found = _listed(faults) if faults else "no masks"
        raise MetricError(prediction, found, f"the names of {reference}", "Rename or remove files.")
    pairs = {case: (named[0][case], named[1][case]) for case in sorted(named[0])}
    return [Job(case, *pair, _states(pair), labels) for case, pair in pairs.items()]


def _states(files: Sequence[Path]) -> str:
    """Bytes and time of change of each file: what tells that one was written again."""
    return " ".join(f"{state.st_size}-{state.st_mtime_ns}" for state in (file.stat() for file in files))


def score_files(job: Job) -> list[dict[str, float]]:
    """The measures of one case, one dict a label, with the label under `label` (1 for binary masks).

    Raises a SegreproError when a file cannot be read, the grids differ or the masks cannot be scored.
    """
    from segrepro.evaluation.metrics import segmentation_metrics

    prediction, reference = (_mask(path, job.labels) for path in (job.prediction, job.reference))
    check_grids(job.prediction, prediction, reference)
    scores = segmentation_metrics(prediction.array, reference.array, reference.spacing_mm, job.labels)
    by_label = {1: scores} if job.labels is None else scores
    return [{"label": label, **measures} for label, measures in by_label.items()]


def check_grids(path: Path, first: Image, second: Image) -> None:
    """MetricError unless both images have the same shape and their corners lie in the same places."""
    remedy = "Resample the prediction onto the reference's grid."
    shape = second.array.shape
    if first.array.shape != shape:
        raise MetricError(path, f"shape {first.array.shape}", f"{shape} as the reference", remedy)
    sides = [(0, n - 1) for n in shape[:3]] + [(0, 0)] * (3 - len(shape))
    corners = np.stack([*(c.ravel() for c in np.meshgrid(*sides)), np.ones(8)])
    apart = float(np.linalg.norm(((first.affine - second.affine) @ corners)[:3], axis=0).max())
    if not apart <= GRID_TOLERANCE * min(second.spacing_mm):
        raise MetricError(path, f"a grid that is {apart:.3g} mm off", "the reference's grid", remedy)


def _mask(path: Path, labels: tuple[int, ...] | None) -> Image:
    image = read_image(path)
    if not path.name.lower().endswith(PICTURES):
        return image
    if image.array.ndim != 2:
        raise MetricError(path, "a colour picture", "a mask with one channel", "Convert it to grey.")
    if labels is None and np.isin(image.array, (0, 255)).all():
        return Image(image.array == 255, image.affine)
    return image


def _case_name(path: Path) -> str:
    """The file's name without the ending; empty when it is not an image."""
    for ending in NIFTI + PICTURES:
        if path.name.lower().endswith(ending) and not path.name.startswith("."):
            return path.name[: -len(ending)]
    return ""


def _listed(faults: Sequence[str]) -> str:
    return "; ".join(faults)


def _cores() -> int:
    """Cores this process may use: fewer than the machine has in a cluster job."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _score_all(jobs: list[Job], workers: int) -> Iterator[tuple[Job, list[dict], str]]:
    """Job, rows and fault of each job, as they finish; in this process when one worker is enough."""
    workers = min(workers, len(jobs))
    if workers <= 1:
        yield from map(_score_one, jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        for future in as_completed([pool.submit(_score_one, job) for job in jobs]):
            yield future.result()


def _score_one(job: Job) -> tuple[Job, list[dict], str]:
    try:
        return job, score_files(job), ""
    except SegreproError as error:
        return job, [], str(error)


def _resume(output: Path, jobs: list[Job]) -> set[str]:
    """Cases whose rows are complete and of the files as they are; drops all other rows, also half written ones."""
    if not output.is_file():
        output.parent.mkdir(parents=True, exist_ok=True)
        _write(output, [])
        return set()
    text = output.read_text()
    header, *lines = list(csv.reader(text[: text.rfind("\n") + 1].splitlines())) or [[]]
    lines = [dict(zip(COLUMNS, line)) for line in lines if len(line) == len(COLUMNS)]
    _refuse_others(output, header, lines, jobs[0])
    wanted = {"1"} if jobs[0].labels is None else {str(label) for label in jobs[0].labels}
    found: dict[tuple, set[str]] = {}
    for line in lines:
        found.setdefault((line["case"], *(line[name] for name in FILES)), set()).add(line["label"])
    done = {job.case for job in jobs if found.get((job.case, *job.files)) == wanted}
    _write(output, [list(line.values()) for line in lines if line["case"] in done])
    return done


def _refuse_others(output: Path, header: list[str], lines: list[dict], job: Job) -> None:
    """MetricError unless the output holds scores of the folders of the job."""
    folders = f"{job.prediction.parent} against {job.reference.parent}"
    others = {f"{Path(line[FILES[0]]).parent} against {Path(line[FILES[1]]).parent}" for line in lines} - {folders}
    if tuple(header) != COLUMNS or others:
        found = min(others) if others else "another table"
        raise MetricError(output, f"other scores: {found}", f"scores of {folders}", "Choose another output file.")


def _append(output: Path, job: Job, rows: list[dict]) -> None:
    """Add one case's rows in one write."""
    keys = (job.prediction.parent.name, "", job.case, job.case)
    lines = [[*keys, row["label"], *(_cell(row[m]) for m in MEASURES), *job.files] for row in rows]
    with output.open("a", newline="") as file:
        file.write("".join(_csv_line(line) for line in lines))


def _cell(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


def _csv_line(values: Sequence[object]) -> str:
    import io

    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _write(output: Path, lines: list[Sequence[str]]) -> None:
    partial = output.with_name(f".partial-{os.getpid()}-{output.name}")
    partial.write_text("".join(_csv_line(line) for line in (COLUMNS, *lines)))
    os.replace(partial, output)


def _sort(output: Path) -> None:
    _, *lines = csv.reader(output.read_text().splitlines())
    _write(output, sorted(lines, key=lambda line: (line[2], int(line[4]))))

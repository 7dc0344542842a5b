"""evidence.json: what a study's results were made with and from, so that their folder is enough by itself."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from segrepro.datasets.download.fetch import Settings as DatasetSource
from segrepro.evaluation.case_scores import Settings as ScoringSettings
from segrepro.report.claims.judge import Settings as ClaimSettings
from segrepro.report.figures._drawing import Settings as FigureSettings
from segrepro.report.page.contents import StudyFacts
from segrepro.report.spec import NetworkCounts
from segrepro.report.tables.build import Settings as TableSettings
from segrepro.training.settings import Settings as TrainingSettings
from segrepro.utils.errors import DataError, raise_together
from segrepro.utils.files import file_sha256, whole_file
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.provenance import current_provenance
from segrepro.utils.repository import REPOSITORY
from segrepro.utils.validation import Strict, faults_of

Model = TypeVar("Model", bound=Strict)
EVIDENCE = "evidence.json"
COUNTS = "parameters.json"
LOCK_FILE = REPOSITORY / "constraints.txt"
REMEDY = "Pull or copy the whole folder of the study again, or make it: snakemake <study>."


class RunSettings(Strict):
    """How one run was trained, fold 0 standing for all, and scored."""

    training: TrainingSettings
    scoring: ScoringSettings


class StudySettings(Strict):
    """Everything that a study's results depend on, in the order in which it is written in the study.

    runs: by name. stages: versions of the code that predicts and scores.
    """

    tables: TableSettings
    claims: ClaimSettings
    figures: FigureSettings
    runs: dict[str, RunSettings]
    stages: dict[str, int]


class Origin(Strict):
    """Where a study's results come from. settings: the file of its `StudySettings` beside the evidence.

    runs: by name. config: all of it that may change the study's results, as the report shows it. datasets: how each is
    had again, by name and version.
    """

    study: str
    settings: str
    runs: list[str]
    config: dict
    facts: StudyFacts
    datasets: dict[str, DatasetSource]


class Evidence(Origin):
    """contents: digest of each data set's files, by name and version. provenance: see `current_provenance`.

    lock_sha256: digest of the list of pinned packages; empty where there was none. files: digest of each file of the
    results, by its path in the study's folder.
    """

    contents: dict[str, str]
    provenance: dict
    lock_sha256: str
    files: dict[str, str]


def write_evidence(origin: Origin, contents: dict[str, str], made: Iterable[Path], folder: Path) -> None:
    """Write evidence.json into a study's folder.

    contents: as in `Evidence`. made: a file of every part of the results; a part is all that lies in the file's folder,
    or the file alone if it lies in the study's folder itself.
    """
    files = sorted({file for path in made for file in _part_of(path, folder)})
    evidence = Evidence(
        **dict(origin),
        contents=contents,
        provenance=current_provenance(),
        lock_sha256=file_sha256(LOCK_FILE) if LOCK_FILE.is_file() else "",
        files={file.relative_to(folder).as_posix(): file_sha256(file) for file in files},
    )
    with whole_file(folder / EVIDENCE) as partial:
        partial.write_text(json.dumps(evidence.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")


def _part_of(path: Path, folder: Path) -> list[Path]:
    if path.parent == folder:
        return [path]
    inside = [file for file in path.parent.rglob("*") if file.is_file()]
    # A job's seal is hidden: it belongs to the workflow, and no copy needs it.
    return [file for file in inside if not any(part.startswith(".") for part in file.relative_to(folder).parts)]


def read_evidence(folder: Path) -> Evidence:
    """The evidence in a study's folder. Raises DataError, a line a key, when it is missing, damaged or not whole."""
    return _read(folder / EVIDENCE, Evidence)


def read_settings(folder: Path, evidence: Evidence) -> StudySettings:
    """The settings that a study's results were made with. Raises DataError as `read_evidence`."""
    return _read(folder / evidence.settings, StudySettings)


def read_counts(folder: Path) -> NetworkCounts:
    """The parameters of networks that a study did not run. Raises DataError as `read_evidence`."""
    return _read(folder / COUNTS, NetworkCounts)


def _read(path: Path, kind: type[Model]) -> Model:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(path, f"nothing to read ({error.strerror.lower()})", "a study's results", REMEDY) from None
    except (ValueError, RecursionError):
        raise DataError(path, "text that is not JSON", "a study's results", REMEDY) from None
    if not isinstance(content, dict):
        raise DataError(path, type(content).__name__, "keys and values", REMEDY)
    faults = faults_of(kind, content, KeyLocations(Layer(str(path), content)))
    raise_together([DataError(one.where, one.found, one.expected, REMEDY) for one in faults])
    return kind.model_validate(content)

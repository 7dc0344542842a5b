"""The files that tell how a run stands, each read into a model; what is damaged in them is left out or one line."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, Field, ValidationError

from segrepro.utils.csv_files import read_rows
from segrepro.utils.errors import DataError
from segrepro.utils.folders import unreadable
from segrepro.utils.validation import Strict

RUN_FILE = Path("logs/run.json")
RECORDS_FILE = Path("logs/records.jsonl")
EVENTS_FILE = Path("logs/events.jsonl")
# Beyond these no clock and no system counts; a damaged number must not end whoever shows it.
Moment = Annotated[float, Field(ge=0, le=1e11)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Line = TypeVar("Line", bound=Strict)
ProcessNumber = Annotated[int, Field(ge=1, lt=2**31)]


class Job(Strict, extra="ignore"):
    """One job of a run. id: Snakemake's; tries: how often it may fail; needed: False where the run found it done."""

    id: int
    tries: int
    rule: str
    what: str
    studies: list[str]
    output: str
    log: str | None
    needed: bool


class Run(Strict, extra="ignore"):
    """A run as it was at its start."""

    started: Moment
    host: str
    pid: ProcessNumber
    jobs: list[Job]


class Event(Strict, extra="ignore"):
    """What happened in a run. job: the id of the one that failed; killed: because a process of it was."""

    time: Moment
    event: Literal["job_failed", "interrupted", "done", "failed"]
    job: int | None = None
    killed: bool = False


class Record(Strict, extra="ignore"):
    """What a job leaves when it ends; of it, what an estimate of the time left needs."""

    rule: str
    outcome: str
    finished: AwareDatetime
    seconds: Seconds


def read_run(folder: Path) -> Run:
    """The newest run that was started in `folder`. Raises DataError when there is none, or its file is damaged."""
    path, expected = folder / RUN_FILE, "the list of jobs that a run leaves at its start"
    try:
        return Run.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(path, "no such file", expected, "Start snakemake there first.") from None
    except OSError as error:
        raise unreadable(path, "file", error) from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        found = f"a damaged file ({key + ': ' if key else ''}{first['msg']})"
        raise DataError(path, " ".join(found.split()), expected, "The next run writes it anew.") from None


def read_events(folder: Path, since: float) -> list[Event]:
    """What happened in the run that began then, in order; what is half written or damaged is passed over."""
    return [event for event in _lines(folder / EVENTS_FILE, Event) if event.time >= since]


def read_records(folder: Path) -> Iterator[Record]:
    """The records of the jobs that ended well; what is half written or damaged is passed over."""
    return (record for record in _lines(folder / RECORDS_FILE, Record) if record.outcome == "done")


def _lines(path: Path, model: type[Line]) -> Iterator[Line]:
    for line in text_of(path).splitlines():
        with suppress(ValidationError):  # the disk was full, or it is being written
            yield model.model_validate_json(line)


def read_score(path: Path, measure: str) -> tuple[str, float, int] | None:
    """Experiment, mean of the measure and number of cases with it; None where the file has none, or is damaged."""
    try:
        header, *rows = read_rows(path) or [[]]
        lines = [dict(zip(header, row)) for row in rows]
        best = [line for line in lines if line.get("checkpoint") == "best"] or lines
        values = [float(line[measure]) for line in best if line.get(measure)]
        return (best[0]["experiment"], sum(values) / len(values), len(values)) if values else None
    except (DataError, ValueError, KeyError):
        return None


def text_of(path: Path) -> str:
    """What a log holds; nothing where there is none, or none that can be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except (OSError, ValueError):  # a name that no system takes is a ValueError
        return ""


def changed_at(path: Path) -> float | None:
    """When a file changed last; None where there is none."""
    try:
        return path.stat().st_mtime
    except (OSError, ValueError):
        return None

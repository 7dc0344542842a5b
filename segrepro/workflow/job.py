"""What every job of the workflow shares: its command line, how it fails, and the record it leaves."""

import argparse
import gc
import inspect
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NoReturn, TextIO

from pydantic import BaseModel

from segrepro.utils.errors import SegreproError, one_line_exit
from segrepro.utils.files import writing
from segrepro.utils.locks import wait_for_lock
from segrepro.utils.memory import held_mb
from segrepro.utils.provenance import current_provenance
from segrepro.workflow.run_lock import at_work
from segrepro.workflow.seals import require_sealed, seal

INTERRUPTED = 130
# What torch says of the CPU, what torch and CUDA say of a GPU, and what cuDNN and cuBLAS say of it.
NO_MEMORY = ("allocate memory", "out of memory", "STATUS_ALLOC_FAILED")
MEMORY_ADVICE = (
    "Lower the batch size (overrides: {<study>: {recipe: {batch_size: ...}}}), run fewer jobs at once (--cores)"
    " or, on a cluster, raise the rule's mem_mb; then repeat the command."
)


class Said:
    """Standard output or error that drops what a full disk of logs does not take, for which no job has to fail."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what can be handed on."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def run_job(function: Callable[..., list[Path]]) -> None:
    """Call `function` with arguments from the command line, named and typed as in its signature.

    Settings, a pydantic model, are given as JSON, a `list[Path]` as several paths. A fault of the input becomes one
    line on stderr and exit code 2; so does a file that is not as the job before left it. What the function returns,
    the files that it wrote, is sealed. When the job ends, one line is added to the run record.
    """
    started = time.perf_counter()
    # Imports make a hundred thousand objects that stay; looking for garbage among them takes a tenth of a job's start.
    gc.set_threshold(100_000)
    values = _parse(function)
    sys.stdout, sys.stderr = Said(sys.stdout), Said(sys.stderr)
    outcome = "failed"
    try:
        with one_line_exit(), at_work():
            require_sealed(_inputs(values))
            seal(function(**values))
        outcome = "done"
    except KeyboardInterrupt:
        _stop(f"{_rule(function)}: interrupted. Repeat the command: it goes on where it stopped.", INTERRUPTED)
    except (MemoryError, RuntimeError) as error:
        if not _lacks_memory(error):
            raise
        _stop(f"{_rule(function)}: out of memory. {MEMORY_ADVICE}", 1)
    finally:
        _try_to_record(_rule(function), values, outcome, time.perf_counter() - started)
        # Nor is there anything to gain from looking through what is left when the process ends at once.
        gc.freeze()


def _inputs(values: dict) -> list[Path]:
    """The files that a job is given to read."""
    named = [value if isinstance(value, list) else [value] for name, value in values.items() if name != "output"]
    return [path for paths in named for path in paths if isinstance(path, Path)]


def _stop(message: str, code: int) -> NoReturn:
    print(f"segrepro: {message}", file=sys.stderr)
    raise SystemExit(code) from None


def _lacks_memory(error: Exception) -> bool:
    """Whether memory ran out; torch and the libraries that it calls say so by words only."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY)


def _parse(function: Callable) -> dict:
    parser = argparse.ArgumentParser(prog=f"python -m workflow_scripts.{_rule(function)}", description=function.__doc__)
    for name, parameter in inspect.signature(function).parameters.items():
        kind = parameter.annotation
        optional = {} if parameter.default is parameter.empty else {"default": parameter.default}
        several = {"nargs": "*"} if kind == list[Path] else {}
        parser.add_argument(f"--{name}", required=not optional, type=_reader(kind), **several, **optional)
    return vars(parser.parse_args())


def _reader(kind: type) -> Callable:
    """What makes an argument of its text."""
    if kind is dict:
        return json.loads
    if kind in (Path, list[Path]):
        return Path
    return kind.model_validate_json if issubclass(kind, BaseModel) else kind


def _rule(function: Callable) -> str:
    return Path(inspect.getfile(function)).stem


def _try_to_record(rule: str, values: dict, outcome: str, seconds: float) -> None:
    """Leave a record, or say why there is none: a full disk of logs takes nothing from a job that is done."""
    try:
        _record(rule, values, outcome, seconds)
    except (OSError, SegreproError) as error:
        print(f"segrepro: no record of {rule}: {error}", file=sys.stderr)


def _record(rule: str, values: dict, outcome: str, seconds: float) -> None:
    """Add a line to logs/records.jsonl, under a lock: on a network disk appends of several machines would mix."""
    import resource  # not on Windows, where `segrepro status` takes a text from this module

    children, own = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    settings = values.get("settings")
    line = {
        "rule": rule,
        "outcome": outcome,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 2),
        "peak_memory_mb": held_mb(max(children, own)),
        "settings": settings.model_dump(mode="json") if isinstance(settings, BaseModel) else settings,
    } | current_provenance()
    path = Path("logs/records.jsonl")
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        with path.open("ab+") as file:
            wait_for_lock(file)
            file.write(_end_of_a_half_line(file) + json.dumps(line).encode() + b"\n")


def _end_of_a_half_line(file: BinaryIO) -> bytes:
    """What has to be written before the next line: a disk that was full keeps half of the last one."""
    if file.seek(0, os.SEEK_END) == 0:
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"

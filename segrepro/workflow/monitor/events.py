"""What becomes of a run, from Snakemake's own events while it goes on: the words of its log may change.

A handler of the interface for logger plugins. The Snakefile adds it to Snakemake's logger itself, so that neither
`--logger` nor a profile is needed: Snakemake finds no plugin in an editable install.
"""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from logging import LogRecord
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from segrepro.workflow.monitor.run_files import EVENTS_FILE, Event

# A process that was killed, by the shell's number and by Python's.
KILLED = (128 + signal.SIGKILL, -signal.SIGKILL)


class RunEvents(LogHandlerBase):
    """Adds a line to logs/events.jsonl when a job fails, when the run is told to stop, and at its end."""

    writes_to_stream = False
    writes_to_file = False  # none of the logs that Snakemake names at its end
    has_filter = True  # --quiet hides nothing from it
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self._stopped = False

    def heed_kill(self) -> None:
        """From now on note `kill`, before Snakemake does what it does then. For the main thread.

        Ctrl-C shows as the exception that it is: to catch its signal would keep asyncio from handling it.
        """
        then = signal.getsignal(signal.SIGTERM)

        def noted(number, frame):
            self._stop()
            then(number, frame)

        signal.signal(signal.SIGTERM, noted)

    def emit(self, record: LogRecord) -> None:
        """Note what Snakemake says of Ctrl-C, and of a job that fails; each try of it is an event of its own."""
        error = sys.exception()
        if isinstance(error, KeyboardInterrupt):
            self._stop()
        elif getattr(record, "event", None) == LogEvent.JOB_ERROR:
            write(Event(time=time.time(), event="job_failed", job=record.jobid, killed=was_killed(error)))

    def end(self, done: bool) -> None:
        """Note the end of the run; one that was told to stop has not failed."""
        if done or not self._stopped:
            write(Event(time=time.time(), event="done" if done else "failed"))

    def _stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            write(Event(time=time.time(), event="interrupted"))


def was_killed(error: BaseException | None) -> bool:
    """Whether an error began with a process that was killed with signal 9.

    >>> was_killed(subprocess.CalledProcessError(137, "train")), was_killed(subprocess.CalledProcessError(1, "train"))
    (True, False)
    """
    while error and not isinstance(error, subprocess.CalledProcessError):
        error = error.__cause__ or error.__context__
    return error is not None and error.returncode in KILLED


def write(event: Event, folder: Path = Path()) -> None:
    """Add an event's line. A full disk must not end a run that would go on: then it is not noted."""
    path = folder / EVENTS_FILE
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(event.model_dump_json() + "\n")

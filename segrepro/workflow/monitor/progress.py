"""What a run says of itself while it goes on: how its studies stand, between the lines that Snakemake prints."""

import threading
from collections.abc import Callable
from pathlib import Path

from segrepro.utils.errors import DataError
from segrepro.workflow.monitor.status import read_status
from segrepro.workflow.monitor.status_text import progress_lines

EVERY = 60.0


class Progress:
    """Says how the run in a folder stands, from its start to its end.

    say: gets the lines as one text, in Snakemake its logger, which prints a message whole; every: seconds between two.
    """

    def __init__(self, say: Callable[[str], None], folder: Path = Path(), every: float = EVERY):
        self._say, self._folder, self._every = say, folder, every
        self._ended = threading.Event()
        # A daemon: it ends with its process, however that ends.
        self._thread = threading.Thread(target=self._repeat, name="progress", daemon=True)

    def start(self) -> None:
        """Say it again and again, asleep in between, until `end`."""
        self._thread.start()

    def end(self) -> None:
        """Stop, and say it for the last time."""
        self._ended.set()
        self._thread.join()
        self._say(progress_text(self._folder))

    def _repeat(self) -> None:
        while not self._ended.wait(self._every):
            self._say(progress_text(self._folder))


def progress_text(folder: Path) -> str:
    """How the run in `folder` stands, or why that cannot be told: watching a run must not end it."""
    try:
        return "\n".join(progress_lines(read_status(folder)))
    except (OSError, ValueError, DataError) as error:  # a file that is being replaced, or a line half written
        return f"How the run stands cannot be told now: {error}"

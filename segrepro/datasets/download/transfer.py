"""A file on its way over HTTP, and when to try again."""

from dataclasses import dataclass
from pathlib import Path

from segrepro.utils.errors import DataError


@dataclass(frozen=True)
class RetryPolicy:
    """When to try again, and when to give up.

    tries: failures in a row, with less than 1 MB gained between them. pause_s: before the second try, doubled from
    then on up to longest_pause_s; what a server asks for goes first. timeout_s: without a byte, or the time over
    which the mean rate must reach least_rate (bytes/s).
    """

    tries: int = 6
    pause_s: float = 2.0
    longest_pause_s: float = 600.0
    timeout_s: float = 60.0
    least_rate: float = 500.0
    progress_s: float = 10.0


RETRIES = RetryPolicy()


class InterruptionError(Exception):
    """A fault that may pass; `wait_s` is what the server asked for."""

    def __init__(self, reason: str, wait_s: float | None = None):
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Transfer:
    """A file on its way: its address, where it is to lie, and `<path>.part`, what has come so far."""

    url: str
    path: Path
    checksums: tuple[str, ...]
    size: int | None
    retries: RetryPolicy

    @property
    def part(self) -> Path:
        """What has come so far."""
        return self.path.with_name(self.path.name + ".part")

    @property
    def tag(self) -> Path:
        """The file with the server's mark of the version that `part` is of."""
        return self.path.with_name(self.path.name + ".part.tag")

    @property
    def have(self) -> int:
        """Bytes that have come so far."""
        return self.part.stat().st_size if self.part.exists() else 0

    def drop(self) -> None:
        """Remove what has come so far."""
        self.part.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)

    def fault(self, found: str, expected: str, remedy: str) -> DataError:
        """An error that names the address."""
        return DataError(self.url, found, expected, remedy)

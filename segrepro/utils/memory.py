"""Memory of this machine, as far as a process may have it, and what a process held."""

import sys
from pathlib import Path

CONTROL_GROUP = Path("/sys/fs/cgroup")  # of a container or of a cluster's job
MB = 2**20


def total_memory_mb(group: Path = CONTROL_GROUP) -> int:
    """The memory that all processes here may hold together."""
    import psutil

    limit = _number(group / "memory.max")
    return min([psutil.virtual_memory().total // MB, *([limit // MB] if limit else [])])


def free_memory_mb(group: Path = CONTROL_GROUP) -> int:
    """The memory that a new process can take without another losing any."""
    import psutil

    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    free = psutil.virtual_memory().available // MB
    return min(free, max(limit - (used or 0), 0) // MB) if limit else free


def peak_memory_mb() -> int:
    """The most memory that this process has held so far."""
    if sys.platform == "win32":
        import psutil

        return round(psutil.Process().memory_info().peak_wset / MB)
    import resource

    return held_mb(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def held_mb(ru_maxrss: int) -> int:
    """The most memory that a process held, from its `ru_maxrss`, which counts bytes on macOS and KB elsewhere."""
    return round(ru_maxrss / (MB if sys.platform == "darwin" else 1024))


def _number(path: Path) -> int | None:
    """The number in a file; None where there is none, or it says that there is no limit."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None

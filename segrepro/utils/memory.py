"""Memory of this machine, as far as a process may have it."""

from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CONTROL_GROUP = Path("/sys/fs/cgroup")  # of a container or of a cluster's job
MB = 2**20


def total_memory_mb(meminfo: Path = MEMINFO, group: Path = CONTROL_GROUP) -> int:
    """The memory that all processes here may hold together."""
    limit = _number(group / "memory.max")
    return min([_of_machine(meminfo, "MemTotal"), *([limit // MB] if limit else [])])


def free_memory_mb(meminfo: Path = MEMINFO, group: Path = CONTROL_GROUP) -> int:
    """The memory that a new process can take without another losing any."""
    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    free = _of_machine(meminfo, "MemAvailable")
    return min(free, max(limit - (used or 0), 0) // MB) if limit else free


def _of_machine(meminfo: Path, key: str) -> int:
    line = next(line for line in meminfo.read_text().splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) // 1024


def _number(path: Path) -> int | None:
    """The number in a file; None where there is none, or it says that there is no limit."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None

"""Memory as the machine, or the container, grants it."""

import pytest

from segrepro.utils.memory import free_memory_mb, total_memory_mb


@pytest.fixture
def machine(tmp_path):
    """A machine of 16 GB, of which 12 are free."""
    (tmp_path / "meminfo").write_text("MemTotal: 16777216 kB\nMemFree: 1024 kB\nMemAvailable: 12582912 kB\n")
    return tmp_path / "meminfo"


@pytest.mark.parametrize(
    ("limit", "used", "total", "free"),
    [(None, None, 16384, 12288), ("max", "1", 16384, 12288), (str(4 * 2**30), str(2**30), 4096, 3072)],
)
def test_the_least_of_machine_and_container_counts(machine, tmp_path, limit, used, total, free):
    if limit is not None:
        (tmp_path / "memory.max").write_text(f"{limit}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")
    assert total_memory_mb(machine, tmp_path) == total
    assert free_memory_mb(machine, tmp_path) == free

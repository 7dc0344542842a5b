"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

# Before anything imports torch: tests run side by side, a process a core, and the threads of two processes that wait
# for each other on the same cores make small networks ten times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("SEGREPRO_REAL_DATA", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of openly licensed real scans; its tests are skipped where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real scans at {REAL_DATA}; set SEGREPRO_REAL_DATA to run this test")
    return REAL_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that run Snakemake come first: with a long one at the end all other cores would wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)

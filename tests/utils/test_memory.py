"""Memory as the machine, or the container, grants it."""

from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from segrepro.utils import memory
from segrepro.utils.memory import free_memory_mb, held_mb, peak_memory_mb, total_memory_mb


@pytest.fixture
def machine(monkeypatch):
    """A machine of 16 GB, of which 12 are free."""
    found = SimpleNamespace(total=16 * 2**30, available=12 * 2**30)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: found)


@pytest.mark.parametrize(
    ("limit", "used", "total", "free"),
    [(None, None, 16384, 12288), ("max", "1", 16384, 12288), (str(4 * 2**30), str(2**30), 4096, 3072)],
)
def test_the_least_of_machine_and_container_counts(machine, tmp_path, limit, used, total, free):
    if limit is not None:
        (tmp_path / "memory.max").write_text(f"{limit}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")
    assert total_memory_mb(tmp_path) == total
    assert free_memory_mb(tmp_path) == free


def test_a_peak_counts_what_was_held():
    held = np.ones(2**25)  # 256 MB
    peak = peak_memory_mb()
    assert peak >= psutil.Process().memory_info().rss // 2**20 - 1 > 256
    del held
    assert peak_memory_mb() >= peak


@pytest.mark.parametrize(("platform", "held"), [("linux", 3), ("darwin", 0)])
def test_macos_counts_bytes(monkeypatch, platform, held):
    monkeypatch.setattr(memory.sys, "platform", platform)
    assert held_mb(3 * 1024) == held
    assert held_mb(3 * 2**20) == {"linux": 3 * 1024, "darwin": 3}[platform]


def test_windows_is_asked_for_its_peak(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "win32")
    process = SimpleNamespace(memory_info=lambda: SimpleNamespace(peak_wset=5 * 2**20))
    monkeypatch.setattr(psutil, "Process", lambda: process)
    assert peak_memory_mb() == 5

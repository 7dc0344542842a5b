"""GPUs are shared out between runs: the least loaded first, by locks that end with their process."""

import subprocess
import tempfile

import pytest

from segrepro.utils import gpus
from segrepro.utils.gpus import claim_gpus, free_memory_of, gpu_names

TWO = ("GPU-a", "GPU-b")


@pytest.fixture(autouse=True)
def locks(tmp_path, monkeypatch):
    """No GPU is held at first, nor afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(gpus, "_held", [])
    for name in gpus.VISIBLE:
        monkeypatch.delenv(name, raising=False)
    yield
    for lock in gpus._held:
        lock.close()


def test_six_runs_on_two_gpus_are_three_on_each():
    assert [claim_gpus(TWO)[0] for _ in range(6)] == [0, 1, 0, 1, 0, 1]
    for place in (1, 2):  # two of those on the second GPU have ended
        gpus._held.pop(place).close()
    assert [claim_gpus(TWO)[0] for _ in range(2)] == [1, 1]


def test_of_gpus_alike_the_one_with_most_free_memory_is_taken():
    free = {"GPU-a": 1000, "GPU-b": 70_000}
    assert [claim_gpus(TWO, free_mb=free.get)[0] for _ in range(3)] == [1, 0, 1]


def test_a_run_waits_until_a_slot_is_free(monkeypatch, capsys):
    assert [claim_gpus(TWO, slots=1)[0] for _ in range(2)] == [0, 1]
    monkeypatch.setattr(gpus.time, "sleep", lambda seconds: gpus._held.pop(1).close())
    assert claim_gpus(TWO, slots=1) == [1]
    assert capsys.readouterr().out.count("waiting") == 1


@pytest.mark.parametrize(
    ("visible", "found", "expected"),
    [
        ("", 2, ["uuid-0", "uuid-1"]),
        ("3,5", 2, ["uuid-0", "uuid-1"]),
        ("MIG-5e1f/7/0, MIG-5e1f/8/0", 2, ["MIG-5e1f/7/0", "MIG-5e1f/8/0"]),
        ("MIG-GPU-5e1f/7/0", 1, ["MIG-GPU-5e1f/7/0"]),
    ],
)
def test_a_gpu_is_known_by_its_uuid_and_a_part_of_one_by_its_name(monkeypatch, visible, found, expected):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpu_names(found, lambda index: f"uuid-{index}") == expected


@pytest.mark.parametrize("variable", gpus.VISIBLE)
def test_where_the_driver_tells_no_uuid_the_number_on_the_machine_counts(monkeypatch, variable):
    def untold(index):
        raise RuntimeError

    assert gpu_names(2, untold) == ["0", "1"]
    monkeypatch.setenv(variable, "3,5,-1,7")
    assert gpu_names(3, untold) == ["3", "5", "2"]


def test_free_memory_is_what_the_driver_says(monkeypatch):
    told = "GPU-a, 1234\nGPU-b, 81559\n"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, told))
    assert (free_memory_of("GPU-b"), free_memory_of("MIG-b/7/0")) == (81559, 0)


def test_without_a_driver_no_memory_is_known(monkeypatch):
    def missing(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", missing)
    assert free_memory_of("GPU-a") == 0


def test_a_training_on_several_gpus_takes_them_all_at_once(monkeypatch):
    assert claim_gpus(("GPU-a", "GPU-b", "GPU-c"), wanted=2) == [0, 1]
    assert claim_gpus(("GPU-a", "GPU-b", "GPU-c"), wanted=2) == [2, 0]
    monkeypatch.setattr(gpus.time, "sleep", lambda seconds: [gpus._held.pop().close() for _ in range(4)])
    assert claim_gpus(("GPU-a", "GPU-b", "GPU-c"), wanted=3, slots=1) == [0, 1, 2]

"""Which processor trains, and how GPUs are shared out between runs."""

import tempfile

import pytest
import torch

from segrepro.utils import devices
from segrepro.utils.devices import choose_device, claim_gpu, gpu_in_sight, make_deterministic
from segrepro.utils.errors import ConfigError


@pytest.fixture
def locks(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(devices, "_claims", [])
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    yield tmp_path
    for lock in devices._claims:
        lock.close()


def test_each_run_gets_a_gpu_of_its_own_until_there_is_none(locks):
    assert [claim_gpu(2)[0] for _ in range(3)] == [0, 1, 0]
    devices._claims.pop(1).close()  # the run on the second GPU has ended
    assert claim_gpu(2)[0] == 1


def test_a_gpu_is_known_by_its_number_on_the_machine(locks, monkeypatch):
    """Two jobs that a scheduler gave the GPUs 3 and 4 both see a GPU 0, and each gets its own."""
    for visible in ("3", "4"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert claim_gpu(1)[0] == 0
    assert sorted(path.stem.rpartition("-")[2] for path in locks.iterdir()) == ["3", "4"]


@pytest.mark.parametrize("wanted", ["auto", "cpu"])
def test_without_a_gpu_it_is_the_cpu(monkeypatch, capsys, wanted):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device(wanted) == torch.device("cpu")
    assert capsys.readouterr().out.startswith("device: the CPU")


def test_a_gpu_that_is_demanded_must_be_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError) as caught:
        choose_device("cuda")
    assert (caught.value.where, caught.value.found) == ("device", "no working GPU")


@pytest.mark.parametrize(("wanted", "expected"), [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cpu", "cpu")])
def test_a_gpu_is_taken_unless_the_cpu_is_asked_for(locks, monkeypatch, wanted, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "made up")
    assert choose_device(wanted) == torch.device(expected)


@pytest.mark.parametrize(
    ("node", "tool", "expected"), [(True, None, True), (False, "/nvidia-smi", True), (False, None, False)]
)
def test_a_gpu_shows_by_its_device_or_its_tool(monkeypatch, node, tool, expected):
    monkeypatch.setattr(devices.os.path, "exists", lambda path: node)
    monkeypatch.setattr(devices.shutil, "which", lambda name: tool)
    assert gpu_in_sight() == expected


def test_the_number_of_threads_and_the_algorithms_are_fixed():
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    try:
        make_deterministic(2)
        assert torch.get_num_threads() == 2
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.backends.cudnn.benchmark
    finally:
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode(mode)

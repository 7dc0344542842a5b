"""Which processor trains, and how GPUs are shared out between runs."""

import tempfile
from types import SimpleNamespace

import pytest
import torch

from segrepro.utils import devices, gpus
from segrepro.utils.devices import choose_algorithms, choose_device, choose_devices, gpu_in_sight
from segrepro.utils.errors import ConfigError


@pytest.fixture
def locks(tmp_path, monkeypatch):
    """No GPU is held at first, nor afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(gpus, "_held", [])
    yield tmp_path
    for lock in gpus._held:
        lock.close()


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
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid="5e1f"))
    assert choose_device(wanted) == torch.device(expected)


@pytest.mark.parametrize(
    ("node", "tool", "expected"), [(True, None, True), (False, "/nvidia-smi", True), (False, None, False)]
)
def test_a_gpu_shows_by_its_device_or_its_tool(monkeypatch, node, tool, expected):
    monkeypatch.setattr(devices.os.path, "exists", lambda path: node)
    monkeypatch.setattr(devices.shutil, "which", lambda name: tool)
    assert gpu_in_sight() == expected


@pytest.fixture
def algorithms(monkeypatch):
    """What torch was set to, afterwards again."""
    monkeypatch.setattr(torch.utils.deterministic, "fill_uninitialized_memory", True)
    threads, mode, benchmark = (
        torch.get_num_threads(),
        torch.get_deterministic_debug_mode(),
        torch.backends.cudnn.benchmark,
    )
    yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode(mode)
    torch.backends.cudnn.benchmark = benchmark


@pytest.mark.parametrize(("said", "fixed"), [(None, True), ("1", True), ("0", False)])
def test_the_number_of_threads_and_the_algorithms_are_fixed(algorithms, monkeypatch, said, fixed):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    if said is not None:
        monkeypatch.setenv(devices.DETERMINISTIC, said)
    choose_algorithms(2)
    assert torch.get_num_threads() == 2
    assert torch.are_deterministic_algorithms_enabled() == fixed
    assert torch.backends.cudnn.benchmark != fixed
    assert not torch.utils.deterministic.fill_uninitialized_memory or not fixed
    assert ("CUBLAS_WORKSPACE_CONFIG" in devices.os.environ) == fixed


def test_more_gpus_than_there_are_cannot_train_together(locks, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "made up")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid=f"5e1f{index}"))
    with pytest.raises(ConfigError) as caught:
        choose_devices("auto", 3)
    assert (caught.value.where, caught.value.found) == ("gpus", "3 and 2 GPUs in sight")
    assert choose_devices("auto", 2) == [torch.device("cuda", 0), torch.device("cuda", 1)]

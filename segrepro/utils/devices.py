"""Which processor trains."""

import os
import re
import shutil
import tempfile
from typing import IO, TYPE_CHECKING

from segrepro.utils.errors import ConfigError
from segrepro.utils.locks import locked

if TYPE_CHECKING:
    import torch


def gpu_in_sight() -> bool:
    """Whether this machine shows an NVIDIA GPU; does not import torch."""
    return os.path.exists("/dev/nvidiactl") or shutil.which("nvidia-smi") is not None


def choose_device(wanted: str) -> "torch.device":
    """The torch device for `auto`, `cpu` or `cuda`; says what it took, and why.

    Raises ConfigError when a GPU is demanded and none works.
    """
    import torch

    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise ConfigError("device", "no working GPU", "one, since the config says cuda", "Set device: auto or cpu.")
    if wanted == "cpu" or not found:
        print(
            "device: the CPU, as asked" if wanted == "cpu" else "device: the CPU, since no GPU was found",
            flush=True,
        )
        return torch.device("cpu")
    index, _lock = claim_gpu(torch.cuda.device_count())
    print(f"device: GPU {index}, {torch.cuda.get_device_name(index)}", flush=True)
    return torch.device("cuda", index)


_claims: list[IO] = []
LONGEST_NAME = 100


def claim_gpu(count: int) -> tuple[int, IO]:
    """Index of a GPU that no other run of this user holds, with the lock that holds it until the process ends.

    Snakemake counts GPUs but does not hand them out. When all are held (several runs packed on one), the first
    is shared.
    """
    user = os.getuid() if hasattr(os, "getuid") else ""  # Windows gives each user a folder of his own
    for index in range(count):
        lock = open(os.path.join(tempfile.gettempdir(), f"segrepro-{user}-{_gpu_name(index)}.lock"), "w")  # noqa: SIM115
        if not locked(lock):
            lock.close()
            continue
        _claims.append(lock)
        return index, lock
    return 0, open(os.devnull)


def _gpu_name(index: int) -> str:
    """The physical GPU behind an index, since a scheduler may show a job only some of them; fit for a file's name.

    A part of a GPU is called by numbers that a slash divides: MIG-GPU-<UUID>/7/0.
    """
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    name = visible[index] if index < len(visible) else str(index)
    return f"gpu-{re.sub('[^A-Za-z0-9-]', '_', name)[:LONGEST_NAME]}"


def make_deterministic(threads: int) -> None:
    """Fix what sums floats in an order: the number of threads, and torch's choice of algorithms."""
    import torch

    torch.set_num_threads(threads)
    # The same as use_deterministic_algorithms(True, warn_only=True), which imports torch's compiler: 2 s of every job.
    torch.set_deterministic_debug_mode("warn")
    torch.backends.cudnn.benchmark = False
    # Determinism fills every new tensor with NaN, for those who read what they have not written: 12 % of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False


def peak_memory_mb() -> int:
    """The most memory that this process has held so far."""
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def peak_gpu_memory_mb(device: "torch.device") -> int:
    """The most memory of a GPU that torch has held for this process so far."""
    import torch

    return 0 if device.type == "cpu" else round(torch.cuda.max_memory_reserved(device) / 2**20)

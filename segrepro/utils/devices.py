"""Which processor trains."""

import os
import shutil
from typing import TYPE_CHECKING

from segrepro.utils.errors import ConfigError
from segrepro.utils.gpus import claim_gpus, free_memory_of, gpu_names

if TYPE_CHECKING:
    import torch

# Read by jobs, and no parameters of theirs: they change no result but by rounding, so that nothing is made again.
GPU_SLOTS, DETERMINISTIC = "SEGREPRO_GPU_SLOTS", "SEGREPRO_DETERMINISTIC"


def gpu_in_sight() -> bool:
    """Whether this machine shows a GPU of NVIDIA or AMD; does not import torch."""
    return any(map(os.path.exists, ("/dev/nvidiactl", "/dev/kfd"))) or shutil.which("nvidia-smi") is not None


def choose_device(wanted: str) -> "torch.device":
    """The torch device for `auto`, `cpu` or `cuda`; see `choose_devices`."""
    return choose_devices(wanted)[0]


def choose_devices(wanted: str, gpus: int = 1) -> list["torch.device"]:
    """The torch devices for `auto`, `cpu` or `cuda`, which are AMD's GPUs too; says what it took, and why.

    gpus: how many, where there are any; a CPU is one. `SEGREPRO_GPU_SLOTS` says how many runs may share a GPU, see
    `claim_gpus`. Raises ConfigError when a GPU is demanded and none works, or more than there are.
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
        return [torch.device("cpu")]
    names = gpu_names(torch.cuda.device_count(), lambda index: str(torch.cuda.get_device_properties(index).uuid))
    slots = os.environ.get(GPU_SLOTS)
    if gpus > len(names):
        found = f"{gpus} and {len(names)} GPUs in sight"
        raise ConfigError("gpus", found, "no more than there are", "Set it lower, or ask for more GPUs.")
    kind = ", by ROCm" if torch.version.hip else ""
    indices = claim_gpus(names, gpus, int(slots) if slots else None, free_memory_of)
    for index in indices:
        print(f"device: GPU {index}, {torch.cuda.get_device_name(index)}{kind}", flush=True)
    return [torch.device("cuda", index) for index in indices]


def choose_algorithms(threads: int) -> None:
    """Fix what sums floats in an order: the number of threads, and torch's choice of algorithms.

    With `SEGREPRO_DETERMINISTIC=0` a GPU need not give the same bits each time: cuDNN tries out which algorithm is the
    fastest, and kernels may add in any order. A CPU gives the same bits either way.
    """
    import torch

    deterministic = os.environ.get(DETERMINISTIC) != "0"
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = not deterministic
    if not deterministic:
        torch.set_deterministic_debug_mode("default")
        return
    # cuBLAS adds in a fixed order only with a workspace of a fixed size; it reads this when it starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # The same as use_deterministic_algorithms(True, warn_only=True), which imports torch's compiler: 2 s of every job.
    torch.set_deterministic_debug_mode("warn")
    # Determinism fills every new tensor with NaN, for those who read what they have not written: 12 % of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False


def peak_gpu_memory_mb(device: "torch.device") -> int:
    """The most memory of a GPU that torch has held for this process so far."""
    import torch

    return 0 if device.type == "cpu" else round(torch.cuda.max_memory_reserved(device) / 2**20)

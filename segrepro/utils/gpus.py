"""Which GPU a run takes: the least loaded one, held by a lock until its process ends.

Snakemake counts GPUs but does not hand them out. Several runs on a GPU hold a numbered lock each.
"""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count, takewhile
from pathlib import Path
from typing import IO

from segrepro.utils.locks import locked, wait_for_lock

# What limits and renumbers the GPUs that a process sees; the first that is set counts. The others are AMD's.
VISIBLE = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
LONGEST_NAME = 100
SECONDS_BETWEEN_LOOKS = 5.0
_held: list[IO] = []


def claim_gpus(
    names: Sequence[str], wanted: int = 1, slots: int | None = None, free_mb: Callable[[str], int] = lambda name: 0
) -> list[int]:
    """The indices of the GPUs that fewest runs of this user hold, and of those the ones with most free memory.

    They are held until this process ends. names: of the GPUs in sight, see `gpu_names`. wanted: how many, all of them
    at once, so that no two runs wait for each other's. slots: how many runs may share a GPU; waits until enough are
    free; None for any number.
    """
    said = False
    while True:
        with _lock_file("gpus").open("w") as turn:
            wait_for_lock(turn)  # else two runs that look at the same moment take the same GPU
            load = {name: _runs_on(name) for name in names}
            chosen = sorted(names, key=lambda name: (load[name], -free_mb(name)))[:wanted]
            if slots is None or all(load[name] < slots for name in chosen):
                for name in chosen:
                    _hold(name)
                return [list(names).index(name) for name in chosen]
        if not said:
            print(f"device: too few GPUs have a free slot (gpu_slots: {slots}); waiting until a run ends", flush=True)
            said = True
        time.sleep(SECONDS_BETWEEN_LOOKS)


def gpu_names(found: int, uuid: Callable[[int], str]) -> list[str]:
    """What each GPU in sight is called on the whole machine, since a scheduler may show a job only some of them.

    found: how many there are. uuid: of the one with an index. A part of a GPU (MIG) is known by the name that the
    scheduler gave, as parts of one GPU may share its UUID.
    """
    visible = _visible()
    listed = [visible[index] if index < len(visible) else "" for index in range(found)]
    return [name if name.startswith("MIG") else _uuid(index, uuid, name) for index, name in enumerate(listed)]


def free_memory_of(name: str) -> int:
    """MB that are free on a GPU, as the driver says; 0 where it does not say."""
    query = ["nvidia-smi", "--query-gpu=uuid,memory.free", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):  # asking torch would take memory on every GPU
        return 0
    rows = [line.split(",") for line in told.splitlines()]
    free = [row[1].strip() for row in rows if len(row) == 2 and name in row[0]]
    return int(free[0]) if free and free[0].isdigit() else 0


def _visible() -> list[str]:
    """The GPUs that the environment lists; those after one that it does not know are out of sight, as for CUDA."""
    text = next((os.environ[name] for name in VISIBLE if os.environ.get(name)), "")
    names = [name.strip() for name in text.split(",")]
    return list(takewhile(lambda name: name and not name.startswith("-"), names))


def _uuid(index: int, uuid: Callable[[int], str], name: str) -> str:
    try:
        return uuid(index)
    except (AttributeError, RuntimeError):  # an older driver does not tell
        return name or str(index)


def _runs_on(name: str) -> int:
    """How many slots of a GPU are held."""
    return sum(_is_held(file) for file in _folder().glob(_lock_file(name, "*").name))


def _hold(name: str) -> None:
    for slot in count():
        lock = _lock_file(name, slot).open("w")
        if locked(lock):
            _held.append(lock)
            return
        lock.close()


def _is_held(file: Path) -> bool:
    with closing(file.open("w")) as lock:
        return not locked(lock)


def _lock_file(name: str, slot: int | str | None = None) -> Path:
    user = os.getuid() if hasattr(os, "getuid") else ""  # Windows gives each user a folder of his own
    kept = re.sub("[^A-Za-z0-9-]", "_", name)[:LONGEST_NAME]
    return _folder() / f"segrepro-{user}-{kept if slot is None else f'gpu-{kept}-slot{slot}'}.lock"


def _folder() -> Path:
    return Path(tempfile.gettempdir())

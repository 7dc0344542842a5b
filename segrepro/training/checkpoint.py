"""Checkpoints: atomic, the last two kept, tied to the run they belong to."""

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from segrepro.utils.files import whole_file
from segrepro.utils.locks import locked, wait_for_lock

CURRENT, PREVIOUS = "checkpoint.pt", "checkpoint.previous.pt"
DIGEST_BYTES = 32
# Of the time may go into checkpoints: they cost seconds where networks are large, and a killed run loses 20 times that.
LARGEST_SHARE = 0.05


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Save `state` with its checksum; the checkpoint before it is kept as well."""
    import torch

    buffer = BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / CURRENT) as partial:
        partial.write_bytes(hashlib.sha256(content).digest() + content)
        if (folder / CURRENT).exists():
            os.replace(folder / CURRENT, folder / PREVIOUS)


def load_checkpoint(folder: Path, run_hash: str) -> dict | None:
    """The newest sound checkpoint of this very run, or None.

    A damaged file, or one of other settings, is named on standard output and passed over; when none is left, it is said
    that the training begins anew.
    """
    found = [path for path in (folder / CURRENT, folder / PREVIOUS) if path.exists()]
    for path in found:
        state = _read(path)
        if state is not None and state["run_hash"] == run_hash:
            return state
        fault = "is damaged" if state is None else "belongs to other settings"
        print(f"{path}: the checkpoint {fault}; not used", flush=True)
    if found:
        print(f"{folder}: no checkpoint can be used; the training begins anew", flush=True)
    return None


def _read(path: Path) -> dict | None:
    import torch

    content = path.read_bytes()
    digest, content = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    return torch.load(BytesIO(content), map_location="cpu", weights_only=True)


class CheckpointWriter:
    """Writes the checkpoints of a training by a thread, each from a copy, while the training goes on.

    What a write raises is raised by the next call.
    """

    def __init__(self, folder: Path):
        self.folder, self._pool = folder, ThreadPoolExecutor(1)
        self._writing: Future | None = None
        self._last, self._seconds = time.monotonic(), 0.0

    @property
    def is_due(self) -> bool:
        """Whether writing one now would leave the greatest part of the time to the training."""
        return time.monotonic() - self._last >= self._seconds / LARGEST_SHARE

    def save(self, state: dict[str, object]) -> None:
        """Save a copy of `state` as `save_checkpoint` does, once the one before is written."""
        self.wait()
        self._writing = self._pool.submit(self._write, copied(state))

    def wait(self) -> None:
        """Return when nothing is being written."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()

    def _write(self, state: dict) -> None:
        started = time.monotonic()
        save_checkpoint(self.folder, state)
        self._last = time.monotonic()
        self._seconds = self._last - started


def copied(state: object) -> object:
    """A copy of nested dicts and lists whose tensors lie on the CPU.

    >>> state = {"step": 1, "rates": [0.1]}
    >>> copied(state) == state, copied(state)["rates"] is state["rates"]
    (True, False)
    """
    if hasattr(state, "detach"):
        return state.detach().to("cpu", copy=True)
    if isinstance(state, dict):
        return {key: copied(value) for key, value in state.items()}
    return type(state)(map(copied, state)) if isinstance(state, list | tuple) else state


@contextmanager
def only_process(folder: Path) -> Iterator[None]:
    """Hold the folder alone; wait for a process that outlived a killed run to finish first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        if not locked(lock):
            print(f"{folder}: another process trains this run; waiting for it", flush=True)
            wait_for_lock(lock)
        yield

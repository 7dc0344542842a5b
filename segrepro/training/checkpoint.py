"""Checkpoints: atomic, the last two kept, tied to the run they belong to."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from segrepro.utils.files import whole_file
from segrepro.utils.locks import locked, wait_for_lock

CURRENT, PREVIOUS = "checkpoint.pt", "checkpoint.previous.pt"
DIGEST_BYTES = 32


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


@contextmanager
def only_process(folder: Path) -> Iterator[None]:
    """Hold the folder alone; wait for a process that outlived a killed run to finish first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        if not locked(lock):
            print(f"{folder}: another process trains this run; waiting for it", flush=True)
            wait_for_lock(lock)
        yield

"""The same work on many items, on several processes, with progress on stderr."""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from segrepro.utils.errors import SegreproError

SECONDS_BETWEEN_LINES = 10


def for_each(function: Callable, items: Sequence, workers: int = 1, what: str = "items") -> list[Any]:
    """`function(item)` of every item, in the order of the items; as `one_by_one`, and progress is told on stderr.

    >>> for_each(abs, [1, -2, -3])
    [1, 2, 3]
    """
    return list(told(one_by_one(function, items, workers, what), len(items), what))


def one_by_one(function: Callable, items: Sequence, workers: int = 1, what: str = "items") -> Iterator[Any]:
    """`function(item)` of one item after the other, in their order, each as soon as it is there.

    function: importable by name (or a functools.partial of such), since it travels to the worker processes.
    workers: processes; with 1 all runs in this process. With more, a script that calls this needs
    `if __name__ == "__main__":`.
    The first error ends the work and is raised as it is; SegreproError when a process was killed.
    """
    if workers <= 1 or len(items) <= 1:
        yield from map(function, items)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # Forking a process that has started threads (BLAS, torch) can hang; a fork server has none.
    context = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
    pool = ProcessPoolExecutor(min(workers, len(items)), mp_context=context, initializer=_end_with_parent)
    try:
        yield from pool.map(function, items)
    except BrokenProcessPool as error:
        remedy = "Most often memory ran out: lower the number of workers."
        raise SegreproError(what, "a process that was killed", "all to end by themselves", remedy) from error
    finally:
        pool.shutdown(cancel_futures=True)


def available_cores() -> int:
    """Cores this process may use: fewer than the machine has in a cluster's job."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _end_with_parent() -> None:
    """End this worker when the process that asked for it is killed; it would wait for more items for ever."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


def told(results: Iterator, total: int, what: str) -> Iterator:
    """Hand the results on; after some seconds, and from then on, say how many there are."""
    last = time.monotonic()
    for done, result in enumerate(results, 1):
        if time.monotonic() - last > SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)
        yield result

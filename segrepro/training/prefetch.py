"""Items fetched by a thread while the one before is worked on."""

import threading
from collections.abc import Iterable, Iterator
from queue import Queue
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Iterable[Item], depth: int = 2) -> Iterator[Item]:
    """The same items, fetched by a thread while the caller works on the one before.

    >>> list(read_ahead(range(3)))
    [0, 1, 2]
    """
    queue: Queue = Queue(depth)
    stopped = threading.Event()
    thread = threading.Thread(target=_fill, args=(queue, items, stopped), daemon=True)
    thread.start()
    try:
        while True:
            kind, value = queue.get()
            if kind == "error":
                raise value
            if kind == "end":
                return
            yield value
    finally:
        stopped.set()
        while thread.is_alive():
            while not queue.empty():
                queue.get_nowait()
            thread.join(0.01)


def _fill(queue: Queue, items: Iterable, stopped: threading.Event) -> None:
    try:
        for item in items:
            if stopped.is_set():
                return
            queue.put(("item", item))
        queue.put(("end", None))
    except Exception as error:  # handed to the thread that reads
        queue.put(("error", error))

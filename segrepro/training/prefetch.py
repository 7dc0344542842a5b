"""Items made by threads while the ones before are worked on."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from segrepro.utils.parallel import available_cores

Item, Made = TypeVar("Item"), TypeVar("Made")
MOST_THREADS = 8


class ReadAhead:
    """Reads with one thread, and with one more from each time on that it did not keep up with whoever asks.

    threads: how many read. most: how many may.
    """

    def __init__(self, most: int | None = None):
        self.threads, self.most = 1, most or min(available_cores(), MOST_THREADS)

    def read(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """`function(item)` of one item after the other, in their order, each made before it is asked for.

        >>> list(ReadAhead().read(abs, [1, -2, -3]))
        [1, 2, 3]
        """
        items, made = iter(items), deque[Future]()
        pool = ThreadPoolExecutor(self.most)
        try:
            made.extend(pool.submit(function, item) for item in islice(items, 1))
            while made:
                result = made.popleft().result()
                made.extend(pool.submit(function, item) for item in islice(items, self.threads - len(made)))
                yield result
                if made and not made[0].done():
                    self.threads = min(self.threads + 1, self.most)
        finally:
            pool.shutdown(cancel_futures=True)

"""Batches that are read ahead."""

import threading
import time

import pytest

from segrepro.training.prefetch import ReadAhead


def test_an_error_of_a_reading_thread_reaches_the_reader():
    def broken(item):
        if item == 2:
            raise ValueError("disk")
        return item

    items = ReadAhead().read(broken, [1, 2, 3])
    assert next(items) == 1
    with pytest.raises(ValueError, match="disk"):
        next(items)


def test_where_one_thread_does_not_keep_up_more_read_at_once_and_the_order_stays():
    """Three calls that wait for each other: as many threads have to read by then."""
    together, reading = threading.Barrier(3), ReadAhead(most=3)

    def slow(item):
        if item < 3:
            time.sleep(0.05)
        else:
            together.wait(timeout=30)
        return item

    assert list(reading.read(slow, range(6))) == list(range(6))
    assert reading.threads == 3


def test_where_one_thread_keeps_up_it_stays_one():
    reading, made = ReadAhead(most=3), []
    for item in reading.read(lambda item: made.append(item) or item, range(5)):
        while len(made) < min(item + 2, 5):
            time.sleep(0.001)
        time.sleep(0.02)
    assert reading.threads == 1


def test_nothing_is_read_on_when_nobody_asks_any_more():
    made = []
    items = ReadAhead().read(made.append, range(1000))
    next(items)
    items.close()
    assert len(made) <= 2

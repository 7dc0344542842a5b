"""Batches that are read ahead."""

import pytest

from segrepro.training.prefetch import read_ahead


def test_an_error_of_the_reading_thread_reaches_the_reader():
    def broken():
        yield 1
        raise ValueError("disk")

    items = read_ahead(broken())
    assert next(items) == 1
    with pytest.raises(ValueError, match="disk"):
        next(items)

"""A fault of the input, by the fields of its error."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from segrepro.utils.errors import SegreproError


@contextmanager
def raised(kind: type[SegreproError], **fields: str) -> Iterator[pytest.ExceptionInfo]:
    """What is done here raises `kind`; each field (where, found, expected, remedy) holds its regular expression."""
    with pytest.raises(kind) as caught:
        yield caught
    for field, pattern in fields.items():
        text = str(getattr(caught.value, field))
        assert re.search(pattern, text), f"{field} is {text!r}, not {pattern!r}"

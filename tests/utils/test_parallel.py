import math
import os

import pytest

from segrepro.utils import parallel
from segrepro.utils.errors import DataError, SegreproError
from tests.raised import raised


def fail_at_three(number):
    if number == 3:
        raise DataError("three", "3", "another", "Leave it out.")
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers):
    assert parallel.for_each(math.sqrt, [9, 4, 1], workers) == [3, 2, 1]
    assert parallel.for_each(math.sqrt, [], workers) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_keeps_its_type_message_and_parts(workers):
    with raised(DataError, where="three", found="3", expected="another", remedy="Leave it out") as error:
        parallel.for_each(fail_at_three, [1, 2, 3], workers)
    assert error.value.remedy == "Leave it out."


def test_a_killed_process_is_said_in_one_line():
    with raised(SegreproError, where="scans", found="a process that was killed"):
        parallel.for_each(os._exit, [1, 1], 2, "scans")


def test_progress_is_told_on_stderr(monkeypatch, capsys):
    monkeypatch.setattr(parallel, "SECONDS_BETWEEN_LINES", -1)
    parallel.for_each(abs, [1, 2], what="scans")
    assert capsys.readouterr().err == "scans: 1 of 2\nscans: 2 of 2\n"

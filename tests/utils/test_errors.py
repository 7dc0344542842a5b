"""Faults of the input: one line, exit code 2, all at once."""

import pickle

import pytest

from segrepro.utils.errors import (
    ConfigError,
    DataError,
    GridError,
    SegreproError,
    nearest,
    one_line_exit,
    raise_together,
)


def test_a_fault_has_its_parts_and_is_one_line():
    error = DataError("scan.nii.gz", "2 axes", "3", "Pass a volume.")
    assert (error.where, error.found, error.expected, error.remedy) == ("scan.nii.gz", "2 axes", "3", "Pass a volume.")
    assert str(error) == "scan.nii.gz: found 2 axes; expected 3. Pass a volume."
    assert str(DataError("scan.nii.gz", "2 axes", "3")) == "scan.nii.gz: found 2 axes; expected 3."


def test_a_name_with_an_end_of_line_or_a_terminals_command_stays_one_line():
    error = DataError("a\n\x1b[2Jb\u202e.nii", "\r", "M\u00fcller", "")
    assert str(error) == "a\\n\\x1b[2Jb\\u202e.nii: found \\r; expected M\u00fcller."
    assert error.where == "a\n\x1b[2Jb\u202e.nii"


def test_a_fault_of_another_process_arrives_whole():
    error = pickle.loads(pickle.dumps(GridError("a", "b", "c", "d")))
    assert isinstance(error, DataError)
    assert (error.where, error.found, error.expected, error.remedy) == ("a", "b", "c", "d")


def test_all_faults_are_told_in_the_first_ones_kind():
    raise_together([])
    with pytest.raises(ConfigError) as caught:
        raise_together([ConfigError("a", "1", "2"), DataError("b", "3", "4")])
    assert str(caught.value).splitlines() == ["a: found 1; expected 2.", "b: found 3; expected 4."]
    assert caught.value.where == "a"


def test_a_fault_ends_the_program_without_a_traceback(capsys):
    with pytest.raises(SystemExit) as caught, one_line_exit():
        raise SegreproError("a", "1", "2")
    assert caught.value.code == 2
    assert capsys.readouterr().err == "segrepro: a: found 1; expected 2.\n"


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), one_line_exit():
        raise ZeroDivisionError


def test_the_nearest_name_or_all():
    assert nearest("hlent", ["hlenet", "xnet"]) == "Did you mean hlenet?"
    assert nearest("zzz", {2: 0, 1: 0}) == "Valid names: 1, 2."

"""Tables on disk: names that no spreadsheet runs, and files that are no tables."""

import csv

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrepro.utils.csv_files import plain_cell, read_csv, read_rows, safe_cell, write_csv, write_rows
from segrepro.utils.errors import DataError

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_every_text_comes_back_and_is_one_printable_line_in_between(text):
    cell = safe_cell(text)
    assert plain_cell(cell) == text
    assert len(cell.splitlines()) <= 1
    cell.encode()


@given(st.sampled_from("=+-@"), ANY_TEXT)
def test_no_text_begins_as_a_formula_but_a_number(sign, rest):
    cell = safe_cell(sign + rest)
    if cell[0] in "=+-@":
        float(cell)


def test_names_in_a_frame_come_back_and_numbers_stay(tmp_path):
    frame = pd.DataFrame({"case": ["=1+1", "007"], "label": ["@a", "b"], "dice": [-0.5, 1.0]})
    write_csv(frame, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "case,label,dice\n'=1+1,'@a,-0.5\n007,b,1.0\n"
    pd.testing.assert_frame_equal(read_csv(tmp_path / "t.csv"), frame)


def test_a_table_without_such_names_is_written_as_pandas_does(tmp_path):
    frame = pd.DataFrame({"case": ["a", "b\\c"], "images": ['{"a": "=b\\\\c"}', ""], "site": ["", None]})
    frame.drop(index=1).to_csv(tmp_path / "pandas.csv", index=False)
    write_csv(frame.drop(index=1), tmp_path / "own.csv")
    assert (tmp_path / "own.csv").read_bytes() == (tmp_path / "pandas.csv").read_bytes()
    assert read_csv(tmp_path / "own.csv")["images"].tolist() == ['{"a": "=b\\\\c"}']


def test_rows_come_back(tmp_path):
    rows = [["case", "n"], ["one\ntwo", "1"], ["\udcff,\x00\"'", "-1"], ["+x", ""]]
    write_rows(tmp_path / "t.csv", rows)
    assert read_rows(tmp_path / "t.csv") == rows
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize("read", [read_csv, read_rows])
@pytest.mark.parametrize("content", [b"case,dice\n\xff,1\n", b"case,dice\na\x00b,1\n", None])
def test_what_is_no_table_is_one_line(tmp_path, read, content):
    path = tmp_path / "t.csv"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.where == str(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rows", ["a,1,2,3\n", "a,1,2\nb,1,2,3\n", "a,1\nb,1,2,3\n"])
def test_rows_longer_than_the_header_are_refused(tmp_path, rows):
    (tmp_path / "t.csv").write_text("case,dice,iou\n" + rows)
    with pytest.raises(DataError):
        read_csv(tmp_path / "t.csv")


def test_a_field_of_any_length_is_read_or_refused(tmp_path):
    (tmp_path / "t.csv").write_text(f"case,dice\n{'a' * (csv.field_size_limit() + 1)},1\n")
    assert len(read_csv(tmp_path / "t.csv").loc[0, "case"]) == csv.field_size_limit() + 1
    with pytest.raises(DataError):
        read_rows(tmp_path / "t.csv")

"""Tables on disk, with ids that stay text and names that no spreadsheet runs."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_file
from segrepro.utils.folders import unreadable

TEXTS = ("case", "patient", "site", "part", "slices", "labelled", "prediction", "image")
# Columns of names that people gave; others hold numbers, paths or JSON of our own.
NAMES = ("experiment", "case", "patient", "site", "label")
# A spreadsheet takes what begins so for a formula, unless it is a number. An apostrophe before it makes it a text.
FORMULA = re.compile(r"'*[=+\-@]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
# Control characters, ends of lines, and the bytes of a name that are not UTF-8; the backslash, since it begins escapes.
UNPRINTABLE = re.compile("[\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
ESCAPED = re.compile(r"\\(\\|x[0-9a-f]{2}|u[0-9a-f]{4})")


def safe_cell(text: str) -> str:
    """A text as a table holds it: no formula of a spreadsheet, and nothing that does not show.

    >>> safe_cell("=cmd|a"), safe_cell("-0.5"), safe_cell("one\\ntwo"), safe_cell("case-1")
    ("'=cmd|a", '-0.5', 'one\\\\x0atwo', 'case-1')
    """
    shown = UNPRINTABLE.sub(lambda found: _escape(found[0]), text)
    return "'" + shown if FORMULA.match(shown) and not NUMBER.fullmatch(shown) else shown


def plain_cell(cell: str) -> str:
    """The text that `safe_cell` made a cell of.

    >>> texts = ["=1+1", "'=1+1", "-5", "+x", "a\\\\nb", "one\\ntwo", "\\udcff", "'quoted'"]
    >>> [plain_cell(safe_cell(text)) for text in texts] == texts
    True
    """
    shown = cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
    return ESCAPED.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), shown)


def _escape(character: str) -> str:
    code = ord(character)
    return "\\\\" if character == "\\" else f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def csv_line(cells: Iterable[object]) -> str:
    """A row of a table with its end of line, its texts as `safe_cell` has them."""
    line = io.StringIO()
    safe = [safe_cell(str(cell)) if isinstance(cell, str | Path) else cell for cell in cells]
    csv.writer(line, lineterminator="\n").writerow(safe)
    return line.getvalue()


def write_rows(path: str | Path, rows: Iterable[Sequence[object]]) -> None:
    """Write a table, its header being the first row; complete or not at all."""
    with whole_file(path) as partial:
        partial.write_text("".join(map(csv_line, rows)), encoding="utf-8")


def read_rows(path: str | Path, separator: str = ",") -> list[list[str]]:
    """The rows of a table, the header first, empty ones left out; a last row that was cut is there as far as it goes.

    Raises DataError for what is no CSV in UTF-8.
    """
    try:
        rows = list(csv.reader(io.StringIO(_text(path), newline=""), delimiter=separator))
    except csv.Error as error:
        raise _no_table(path, str(error)) from None
    return [list(map(plain_cell, row)) for row in rows if row]


def read_csv(path: str | Path):
    """A table with ids as text, since a patient may be called 031768 or NA; DataError for what is no CSV in UTF-8."""
    frame = read_frame(path, dtype=dict.fromkeys(TEXTS, str), keep_default_na=False, na_values=[""])
    texts = [name for name in TEXTS if name in frame]
    frame = frame.fillna(dict.fromkeys(texts, "")).astype(dict.fromkeys(texts, str))
    return _with_names(frame, plain_cell)


def read_frame(path: str | Path, **options):
    """What pandas reads with these options. Raises DataError for what is no CSV in UTF-8, and for longer rows than the
    header, whose first cells pandas would take for names of the rows.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(io.StringIO(_text(path)), **options)
    except ValueError as error:  # pandas' own errors are such
        raise _no_table(path, " ".join(str(error).split())) from None
    if not isinstance(frame.index, pd.RangeIndex):
        raise _no_table(path, "rows that are longer than the header")
    # pandas gives a second column of a name another one.
    if twice := [name for name in frame.columns if re.fullmatch(r".+\.\d+", name) and name.rpartition(".")[0] in frame]:
        raise _no_table(path, f"two columns {twice[0].rpartition('.')[0]}")
    return frame


def write_csv(frame, path: str | Path) -> None:
    """Write a table, complete or not at all; the names in it as `safe_cell` has them."""
    with whole_file(path) as partial:
        _with_names(frame, safe_cell).to_csv(partial, index=False)


def _with_names(frame, change):
    """The table with the names in it changed; itself where none has to be."""
    for name in set(NAMES) & set(frame.columns):
        changed = [change(cell) if isinstance(cell, str) else cell for cell in frame[name]]
        if any(isinstance(old, str) and old != new for old, new in zip(frame[name], changed)):
            frame = frame.assign(**{name: changed})
    return frame


def _text(path: str | Path) -> str:
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise unreadable(path, "table", error) from None
    except UnicodeDecodeError:
        raise _no_table(path, "bytes that are not UTF-8") from None
    if "\0" in text:
        raise _no_table(path, "zero bytes")
    return text


def _no_table(path: str | Path, found: str) -> DataError:
    return DataError(path, found, "a table of comma-separated values in UTF-8", "Make it again, or correct it.")

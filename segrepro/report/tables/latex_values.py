r"""values.tex: a macro for every number of a study's tables, so that a text and its table cannot part.

`\segrepro{xnet/table1/xnet/dice}` is the reproduced mean with its standard deviation, `.../mean`, `.../std`, `.../low`,
`.../high`, `.../n` and `.../published` its parts. A name that does not exist is an error of LaTeX, not an empty place.
"""

from collections.abc import Iterable, Iterator

from segrepro.report.tables.formats import LATEX
from segrepro.report.tables.table import Cell, Table

COMMAND = r"""% \input{values.tex}, then \segrepro{study/table/row/measure}
\providecommand{\segrepro}[1]{\ifcsname segrepro/\detokenize{#1}\endcsname
  \csname segrepro/\detokenize{#1}\endcsname
  \else\PackageError{segrepro}{No value \detokenize{#1}}{The names stand in values.tex.}\fi}
"""
DIGITS = 4
IN_NAMES = str.maketrans({"%": "percent", "&": "and", "#": "number", "{": "(", "}": ")", "\\": "/"})


def latex_values(study: str, tables: Iterable[Table]) -> str:
    """The whole file."""
    lines = [
        rf"\expandafter\def\csname segrepro/\detokenize{{{name}}}\endcsname{{{value}}}"
        for name, value in _values(study, tables)
    ]
    return COMMAND + "\n".join(lines) + "\n"


def _values(study: str, tables: Iterable[Table]) -> Iterator[tuple[str, str]]:
    signs = str.maketrans(LATEX)
    for table in tables:
        for row in table.rows:
            for measure, cell in row.cells.items():
                name = f"{study}/{table.name}/{row.key}/{measure}".translate(IN_NAMES)
                yield from ((name + part, value.translate(signs)) for part, value in _parts(cell) if value)


def _parts(cell: Cell) -> Iterator[tuple[str, str]]:
    """What can be asked of a cell, by the end of its name; "" where it has no such number.

    >>> dict(_parts(Cell(mean=0.5, std=0.25, n=3, published_text="0.49")))[""]
    '0.5000 ± 0.2500'
    """
    numbers = {key: _text(getattr(cell, key)) for key in ("mean", "std", "low", "high")}
    yield "", " ± ".join(filter(None, (numbers["mean"], numbers["std"])))
    yield from ((f"/{key}", text) for key, text in numbers.items())
    yield "/n", str(cell.n) if cell.mean is not None else ""
    yield "/published", cell.published_text


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.{DIGITS}f}"

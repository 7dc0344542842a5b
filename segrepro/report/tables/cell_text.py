"""A summary of scores as the words of a cell, in the digits of print."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from segrepro.evaluation.statistics import Summary
from segrepro.report.tables.table import Cell

DIGITS = 3
PERCENT = " %"


def digits_in_print(cells: Iterable[Cell]) -> int:
    """How many digits behind the point the paper prints of a measure, as a fraction where it prints percent.

    cells: the column of the measure; 3 where the paper prints none of them.

    >>> digits_in_print([Cell(published_text="53.10 ± 33.47 %"), Cell()]), digits_in_print([Cell()])
    (4, 3)
    """
    texts = [as_fraction(cell.published_text).partition(" ")[0] for cell in cells if cell.published_text]
    return max((len(text.partition(".")[2]) for text in texts), default=DIGITS)


def as_fraction(text: str) -> str:
    """A published mean with its standard deviation, in our unit and the paper's digits.

    >>> as_fraction("53.10 ± 33.47 %"), as_fraction("0.6000")
    ('0.5310 ± 0.3347', '0.6000')
    """
    if not text.endswith(PERCENT):
        return text
    return " ± ".join(str(Decimal(part).scaleb(-2)) for part in text.removesuffix(PERCENT).split(" ± "))


def format_cell(summary: Summary, mark: str = "", digits: int = DIGITS) -> str:
    """A table cell: mean ± std, the interval, the mark of its comparison, and what is undefined.

    >>> format_cell(Summary(0.4867, 0.283, 0.45, 0.523, 229, 2, np.nan), '*')
    '0.487 ± 0.283 [0.450, 0.523]* (2 of 231 undefined)'
    >>> format_cell(Summary(np.nan, np.nan, np.nan, np.nan, 0, 3, 52.0))
    '3 of 3 undefined; 52.000 with the diagonal'
    """
    undefined = undefined_text(summary.n, summary.n_undefined, summary.mean_with_replacement, digits)
    if not summary.n:
        return undefined
    cell = f"{summary.mean:.{digits}f}"
    if not np.isnan(summary.std):
        cell += f" ± {summary.std:.{digits}f}"
    if not np.isnan(summary.low):
        cell += f" [{summary.low:.{digits}f}, {summary.high:.{digits}f}]"
    cell += mark
    return f"{cell} ({undefined})" if undefined else cell


def undefined_text(n: int, n_undefined: int, mean_with_replacement: float | None, digits: int = DIGITS) -> str:
    """How many cases a mean leaves out, and the mean with the image's diagonal for them where there is one.

    >>> undefined_text(18, 2, 31.2), undefined_text(18, 2, None), undefined_text(20, 0, 25.0)
    ('2 of 20 undefined; 31.200 with the diagonal', '2 of 20 undefined', '')
    """
    if not n_undefined:
        return ""
    replaced = mean_with_replacement is not None and not np.isnan(mean_with_replacement)
    text = f"{n_undefined} of {n + n_undefined} undefined"
    return f"{text}; {mean_with_replacement:.{digits}f} with the diagonal" if replaced else text

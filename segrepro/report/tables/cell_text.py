"""A summary of scores as the words of a cell."""

import numpy as np

from segrepro.evaluation.statistics import Summary


def format_cell(summary: Summary, mark: str = "", digits: int = 3) -> str:
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


def undefined_text(n: int, n_undefined: int, mean_with_replacement: float | None, digits: int = 3) -> str:
    """How many cases a mean leaves out, and the mean with the image's diagonal for them where there is one.

    >>> undefined_text(18, 2, 31.2), undefined_text(18, 2, None), undefined_text(20, 0, 25.0)
    ('2 of 20 undefined; 31.200 with the diagonal', '2 of 20 undefined', '')
    """
    if not n_undefined:
        return ""
    replaced = mean_with_replacement is not None and not np.isnan(mean_with_replacement)
    text = f"{n_undefined} of {n + n_undefined} undefined"
    return f"{text}; {mean_with_replacement:.{digits}f} with the diagonal" if replaced else text
